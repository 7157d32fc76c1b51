"""`/contacts`: the people who wrote, under all their names."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from remanso.store import Transaction
from remanso.store.people import Known
from services.console.api.caller import Caller, Here, Reader
from services.console.api.once import Once
from services.console.api.paging import Limit, MomentCursor, Page, cut, moment_cursor, read_moment
from services.console.api.problems import ALWAYS, not_found

routes = APIRouter(prefix="/contacts", tags=["Contacts"], route_class=Once)


class NameOut(BaseModel):
    """By what WhatsApp knows them: `wa_id`, the number's digits, or `user_id`, which stays when the number changes."""

    kind: str
    value: str


class ContactOut(BaseModel):
    id: UUID
    name: str | None = Field(description="As tools or people wrote it down.")
    profile_name: str | None = Field(description="As they call themselves on WhatsApp.")
    email: str | None
    language: str | None
    location: dict[str, Any] | None
    facts: dict[str, Any] = Field(description="What the bot's tools have saved.")
    since: datetime
    names: list[NameOut]
    conversations: list[UUID]
    credit_usd: Decimal | None = Field(description="What is left of a credit of their own; null: they have none.")


@routes.get("", responses=ALWAYS, summary="List contacts")
async def find(
    caller: Reader,
    console: Here,
    q: Annotated[str, Query(max_length=100, description="A part of a name, an e-mail address or a number.")] = "",
    limit: Limit = 40,
    cursor: MomentCursor = None,
) -> Page[ContactOut]:
    """The newest come first."""
    before = read_moment(cursor) if cursor else None
    async with console.store.transaction() as tx:
        found = await caller.views(tx).people.page(caller.client, search=q.strip(), before=before, limit=limit + 1)
    shown, last = cut(found, limit)
    return Page(data=[_told(each) for each in shown], next=moment_cursor(last.since, last.id) if last else None)


@routes.get("/{contact_id}", responses=ALWAYS, summary="One contact")
async def show(caller: Reader, console: Here, contact_id: UUID) -> ContactOut:
    async with console.store.transaction() as tx:
        contact = await known_contact(tx, caller, contact_id)
    if contact is None:
        raise not_found()
    return contact


async def known_contact(tx: Transaction, caller: Caller, contact_id: UUID) -> ContactOut | None:
    found = await caller.views(tx).people.one(caller.client, contact_id)
    return _told(found) if found else None


def _told(known: Known) -> ContactOut:
    names = [NameOut(kind=kind, value=value) for kind, value in known.aliases]
    return ContactOut(**{name: value for name, value in vars(known).items() if name != "aliases"}, names=names)
