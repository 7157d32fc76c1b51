"""`/conversations`: the inbox, one conversation with its contact, and who has the word."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from remanso.store.inbox import Choice, Cursor, Row
from services.console.api.caller import Caller, Here, Reader, Writer
from services.console.api.contacts import ContactOut, known_contact
from services.console.api.once import Once
from services.console.api.paging import Limit, MomentCursor, Page, cut, moment_cursor, read_moment
from services.console.api.problems import ALWAYS, CHANGES, not_found
from services.console.console import Console
from services.console.dialog.scene import Dialog, dialog_of
from services.console.takeover import taking

routes = APIRouter(prefix="/conversations", tags=["Conversations"], route_class=Once)

View = Literal["open", "mine", "needs_human", "unassigned", "human", "bot", "closing", "failed", "closed"]
Search = Annotated[
    str,
    Query(
        max_length=100, description="Names, numbers and words that were said, by their beginnings. Goes over `view`."
    ),
]


class ConversationRow(BaseModel):
    """One line of the inbox."""

    id: UUID
    channel: str = Field(description="The number's id at Meta (phone_number_id).")
    contact_id: UUID
    name: str | None
    wa_id: str | None
    status: Literal["bot", "human", "needs_human", "failed", "closed"]
    handoff_reason: str | None = Field(
        description="Why the bot asked for a person; kept while nobody of the team has come or seen to it."
    )
    nobody_came_at: datetime | None = Field(
        description="Since when the bot has the word again because nobody came; `status` is needs_human still."
    )
    holder: str | None = Field(description="The person or key that has the word.")
    mine: bool = Field(description="Whether this key has it.")
    human_until: datetime | None = Field(description="When it goes back to the bot by itself.")
    window_until: datetime | None = Field(description="Until then free text may be sent.")
    last_at: datetime
    last_author: str | None
    last_content: dict[str, Any] | None


class OpinionOut(BaseModel):
    asked_at: datetime
    answer: str | None
    reason: str | None


class TemplateOut(BaseModel):
    name: str
    language: str
    pieces: list[str] = Field(description="Its text around the gaps: one more than there are gaps.")


class ConversationOut(ConversationRow):
    """One conversation with what the panel beside it shows."""

    window_open: bool
    contact: ContactOut
    opinions: list[OpinionOut] = Field(description="The latest answers to the question how it went.")
    templates: list[TemplateOut] = Field(description="Approved ones that can be sent from its number.")


@routes.get("", responses=ALWAYS, summary="List conversations")
async def find(
    caller: Reader,
    console: Here,
    view: Annotated[View, Query(description="As the inbox's tabs.")] = "open",
    q: Search = "",
    limit: Limit = 40,
    cursor: MomentCursor = None,
) -> Page[ConversationRow]:
    """Those that moved last come first."""
    after = Cursor(*read_moment(cursor)) if cursor else None
    async with console.store.transaction() as tx:
        rows = await caller.views(tx).inbox.page(
            caller.user.id, choice=Choice(view), search=q.strip(), client=caller.client, after=after, limit=limit + 1
        )
    shown, last = cut(rows, limit)
    data = [_row(caller, row) for row in shown]
    return Page(data=data, next=moment_cursor(last.last_at, last.id) if last else None)


@routes.get("/{conversation_id}", responses=ALWAYS, summary="One conversation and its contact")
async def show(caller: Reader, console: Here, conversation_id: UUID) -> ConversationOut:
    return await _shown(console, caller, conversation_id)


@routes.post("/{conversation_id}/take-over", responses=CHANGES, summary="Take it over")
async def take_over(
    caller: Writer,
    console: Here,
    conversation_id: UUID,
    from_another: Annotated[
        Literal["yes", "no"], Query(description="`yes`: even from another holder; takes the scope admin.")
    ] = "no",
) -> ConversationOut:
    """The bot is silent from now on, and what it had left is cancelled. For who has it already nothing changes."""
    await taking.take_over(console, caller, conversation_id, from_another=from_another == "yes")
    return await _shown(console, caller, conversation_id)


@routes.post("/{conversation_id}/extend", responses=CHANGES, summary="Keep it for longer")
async def extend(caller: Writer, console: Here, conversation_id: UUID) -> ConversationOut:
    """Your time begins anew; each message does that, too."""
    await taking.extend(console, caller, conversation_id)
    return await _shown(console, caller, conversation_id)


@routes.post("/{conversation_id}/hand-back", responses=CHANGES, summary="Hand it back to the bot")
async def hand_back(caller: Writer, console: Here, conversation_id: UUID) -> ConversationOut:
    """The bot answers what nobody has answered since the last word of a person."""
    await taking.hand_back(console, caller, conversation_id)
    return await _shown(console, caller, conversation_id)


@routes.post("/{conversation_id}/seen-to", responses=CHANGES, summary="Mark it as seen to")
async def see_to(caller: Writer, console: Here, conversation_id: UUID) -> ConversationOut:
    """Nobody came when the bot asked for a person, and you know: it needs nobody any more. The bot keeps the word."""
    await taking.see_to(console, caller, conversation_id)
    return await _shown(console, caller, conversation_id)


@routes.post("/{conversation_id}/close", responses=CHANGES, summary="Close it")
async def close(caller: Writer, console: Here, conversation_id: UUID) -> ConversationOut:
    """Out of the list until somebody says something again. What nobody has answered gets no answer."""
    await taking.set_closed(console, caller, conversation_id, closed=True)
    return await _shown(console, caller, conversation_id)


@routes.post("/{conversation_id}/reopen", responses=CHANGES, summary="Open it again")
async def reopen(caller: Writer, console: Here, conversation_id: UUID) -> ConversationOut:
    await taking.set_closed(console, caller, conversation_id, closed=False)
    return await _shown(console, caller, conversation_id)


async def _shown(console: Console, caller: Caller, conversation_id: UUID) -> ConversationOut:
    async with console.store.transaction() as tx:
        dialog = await dialog_of(console, tx, caller, conversation_id)
        contact = await known_contact(tx, caller, dialog.about.contact_id)
    if contact is None:
        raise not_found()
    return _whole(caller, dialog, contact)


def _row(caller: Caller, row: Row) -> ConversationRow:
    return ConversationRow(
        **{name: getattr(row, name) for name in ConversationRow.model_fields if name != "mine"},
        mine=row.holder_id == caller.user.id,
    )


def _whole(caller: Caller, dialog: Dialog, contact: ContactOut) -> ConversationOut:
    return ConversationOut(
        **_row(caller, dialog.row).model_dump(),
        window_open=dialog.window_open,
        contact=contact,
        opinions=[OpinionOut(**vars(each)) for each in dialog.opinions],
        templates=[
            TemplateOut(name=each.name, language=each.language, pieces=list(each.pieces)) for each in dialog.templates
        ],
    )
