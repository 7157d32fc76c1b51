"""The take-over itself, by the store's protocol: the conversation's lock, a new epoch, the open turn cancelled.

From the commit on no part of the bot's starts (services/sender/decision.py): what waits is cancelled, visibly.
"""

from uuid import UUID

from fastapi import HTTPException

from remanso.events import ConversationChanged, DeliveryReady, wrap
from remanso.store import Transaction
from remanso.store.holding import Held
from services.console.console import Console
from services.console.people.roles import Role
from services.console.people.viewer import Viewer

CANCELLED = "a person took over"


class HeldByAnother(Exception):
    """Somebody else has the word; `who`."""

    def __init__(self, who: str | None) -> None:
        super().__init__("held by another person")
        self.who = who


async def locked(tx: Transaction, viewer: Viewer, conversation_id: UUID) -> Held:
    """The conversation, locked, or the one that it was merged into: what is done is done under the id that is given.

    Raises 404 for what is not the viewer's.
    """
    held = await viewer.views(tx).holding.lock(conversation_id)
    if held is None:
        raise HTTPException(404)
    return held


async def take_over(console: Console, viewer: Viewer, conversation_id: UUID, *, from_another: bool = False) -> None:
    """One holder at a time. Raises HeldByAnother; an administrator may take it `from_another` all the same."""
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        if held.is_held_by(viewer.user.id):
            return
        if held.is_held_by_another(viewer.user.id) and not (from_another and viewer.may(Role.ADMIN, held.client)):
            raise HeldByAnother(held.holder)
        epoch = await tx.takeovers.take_over(held.id, console.settings.hold)
        await tx.turns.cancel_open(held.id, CANCELLED)
        await viewer.views(tx).holding.note_holder(held.id, epoch, viewer.user.id, viewer.user.name)
        await viewer.did(tx, "conversation.taken_over", client=held.client, subject=f"conversation:{held.id}")
    await announce(console, held, "mode")


async def extend(console: Console, viewer: Viewer, conversation_id: UUID) -> None:
    """Raises HeldByAnother when it is not (or no longer) theirs."""
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        if not held.is_held_by(viewer.user.id):
            raise HeldByAnother(held.holder)
        await viewer.views(tx).holding.extend(held.id, console.settings.hold)
        await viewer.did(tx, "conversation.extended", client=held.client, subject=f"conversation:{held.id}")
    await announce(console, held, "mode")


async def hand_back(console: Console, viewer: Viewer, conversation_id: UUID) -> None:
    """Back to the bot, which answers what nobody has answered yet.

    Raises HeldByAnother; what nobody of the console holds anybody may give back.
    """
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        if held.is_held_by_another(viewer.user.id) and not viewer.may(Role.ADMIN, held.client):
            raise HeldByAnother(held.holder)
        if held.mode != "human":
            return
        await viewer.views(tx).holding.hand_back(held.id, viewer.user.name)
        await viewer.did(tx, "conversation.handed_back", client=held.client, subject=f"conversation:{held.id}")
    await announce(console, held, "mode")


async def set_closed(console: Console, viewer: Viewer, conversation_id: UUID, *, closed: bool) -> None:
    """Out of the list until the contact, the bot or a person says something again. Who holds it gives it back.

    All is said: what nobody has answered yet gets no answer, and nobody is wanted any more.
    """
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        if held.is_held_by_another(viewer.user.id):
            raise HeldByAnother(held.holder)
        if closed:
            await _all_is_said(tx, viewer, held)
        await viewer.views(tx).inbox.set_closed(held.id, closed=closed)
        deed = "conversation.closed" if closed else "conversation.reopened"
        await viewer.did(tx, deed, client=held.client, subject=f"conversation:{held.id}")
    await announce(console, held, "mode")


async def see_to(console: Console, viewer: Viewer, conversation_id: UUID) -> None:
    """Somebody has seen that nobody came: the mark goes, the bot keeps the word."""
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        if not await tx.takeovers.was_seen_to(held.id):
            return
        await viewer.did(tx, "conversation.seen_to", client=held.client, subject=f"conversation:{held.id}")
    await announce(console, held, "mode")


async def _all_is_said(tx: Transaction, viewer: Viewer, held: Held) -> None:
    if held.mode == "human":
        await tx.bursts.number_for_person(held.id)
        await viewer.views(tx).holding.hand_back(held.id, viewer.user.name)
    await tx.takeovers.was_seen_to(held.id)


async def announce(console: Console, held: Held, what: str) -> None:
    """After the commit. The sender looks at once: to send, or to cancel what the bot has left."""
    await console.publisher.hint(wrap(DeliveryReady(conversation_id=held.id), held.client))
    await console.publisher.hint(wrap(ConversationChanged(conversation_id=held.id, what=what), held.client))
