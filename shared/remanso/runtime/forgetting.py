"""Forgetting a person wherever they are: the dead letters at the broker, then the rows. And telling of it.

Stopped at any line it is simply done again: letters dropped twice are dropped once, and the rows go in one transaction.
"""

import asyncio
from uuid import UUID

import structlog

from remanso.bus.graveyard import Graveyard
from remanso.errors import StoreUnavailable
from remanso.store import Store
from remanso.store.forgetting import Forgotten, Mark

MOST_TRIES = 10
_PAUSE_SECONDS = 0.5

log = structlog.get_logger()


async def forget(
    store: Store, graveyard: Graveyard | None, client: str, contact_id: UUID, *, who: str, user_id: UUID | None = None
) -> Forgotten | None:
    """Forgets a contact of `client`; None: there is no such contact (any more). Without a graveyard only the rows.

    Raises StoreUnavailable or PublishFailed when either cannot be reached: then it is to be done again.
    """
    async with store.transaction() as tx:
        person = await tx.persons.of(client, contact_id)
    if person is None:
        return None
    letters = await graveyard.drop_about(client, person.names) if graveyard else 0
    done = await _rows(store, client, contact_id, who, user_id)
    if graveyard:
        letters += await graveyard.drop_about(client, person.names)  # buried between the two
    if done is not None:
        _tell(client, done, letters)
    return done


async def _rows(store: Store, client: str, contact_id: UUID, who: str, user_id: UUID | None) -> Forgotten | None:
    """They are in use at this moment, perhaps: whoever holds them lets go within seconds."""
    for left in reversed(range(MOST_TRIES)):
        try:
            async with store.transaction() as tx:
                return await tx.forgetting.forget(client, contact_id, who=who, user_id=user_id)
        except StoreUnavailable:
            if not left:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
    return None


async def forget_again(store: Store, marks: list[Mark], *, who: str) -> int:
    """Forgets everybody of a list whom a restored backup still knows; gives how many there were."""
    async with store.transaction() as tx:
        await tx.forgetting.remember(marks)
        known = await tx.forgetting.still_known()
    for client, contact_id in known:
        await forget(store, None, client, contact_id, who=who)
    return len(known)


def _tell(client: str, done: Forgotten, letters: int) -> None:
    """The line is also the list by which a restored backup forgets again (docs/data-care.md): it bears the marks."""
    log.info(
        "contact.forgotten",
        client=client,
        marks=list(done.marks),
        at=done.at.isoformat(),
        rows=sum(done.counts.values()),
        letters=letters,
    )
