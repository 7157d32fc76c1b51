"""A top-up, for the pages and for the API."""

from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid5

from fastapi import HTTPException

from remanso.model.credit import account_of
from services.console.console import Console
from services.console.people.viewer import Viewer

MOST = Decimal(10_000)
"""US dollars in one top-up: more is a slip of the finger."""
CENT = Decimal("0.01")


def amount_in(given: str) -> Decimal | None:
    """Dollars as people type them, with point or comma, in whole cents; None for what is no sensible amount."""
    try:
        amount = Decimal(given.strip().replace(",", "."))
        return amount if CENT <= amount <= MOST and amount == amount.quantize(CENT) else None
    except InvalidOperation:
        return None


async def grant(
    console: Console, viewer: Viewer, client: str, owner: UUID | None, amount: Decimal, *, note: str, key: str
) -> None:
    """To a contact's account or, without `owner`, the client's own; once for each `key` of the viewer's.

    Raises 404 for a contact that is not this client's.
    """
    once = uuid5(account_of(client, owner), f"{viewer.user.id}:{key}")
    async with console.store.transaction() as tx:
        if owner and not await viewer.views(tx).spending.has_contact(client, owner):
            raise HTTPException(404)
        who, why = viewer.user.name, note.strip()[:200] or None
        if await tx.credit.grant(client, owner, amount, who=who, note=why, key=once):
            subject = f"contact:{owner}" if owner else f"client:{client}"
            await viewer.did(tx, "credit.granted", client=client, subject=subject)
