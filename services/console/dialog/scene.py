"""All that the page of one conversation shows, read in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import HTTPException

from remanso.model.dialog import visible
from remanso.store import Transaction
from remanso.store.about import About, Opinion, Quote, TurnCost
from remanso.store.holding import Held, SavedReply
from remanso.store.inbox import Row
from remanso.store.ledger import Account
from services.console.composer.templates import Fillable, templates_for
from services.console.console import Console
from services.console.dialog.blocks import Line, lines
from services.console.inbox.lines import last_line
from services.console.people.viewer import Viewer

SHOWN = 150
"""The latest lines; the rest comes when asked for."""


@dataclass(frozen=True)
class Quoted:
    """`words` are empty where only the `kind` says something."""

    author: str
    kind: str
    words: str
    entry_id: str


@dataclass(frozen=True)
class Dialog:
    row: Row
    held: Held
    lines: list[Line]
    earlier: int
    """How many lines are not shown."""
    whole: bool
    about: About
    opinions: list[Opinion]
    account: Account | None
    replies: list[SavedReply]
    transcripts: dict[str, str]
    quotes: dict[str, Quoted]
    """By entry: what it answers or reacts to."""
    cost: Decimal
    tokens: int
    holds_it: bool
    others: bool
    """Whether somebody else holds it."""
    window_until: datetime | None
    window_open: bool
    templates: list[Fillable]
    largest_upload: int
    """Bytes."""


async def dialog_of(
    console: Console, tx: Transaction, viewer: Viewer, conversation_id: UUID, *, whole: bool = False
) -> Dialog:
    """That of the conversation into which it was merged, where it was. Raises 404 for what is not the viewer's."""
    views = viewer.views(tx)
    held = await views.holding.get(conversation_id)
    if held is None:
        raise HTTPException(404)
    conversation_id = held.id
    row, about = await views.inbox.row(viewer.user.id, conversation_id), await views.about.contact(conversation_id)
    if row is None or about is None:
        raise HTTPException(404)
    turns = await views.about.turns(conversation_id)
    entries = visible(await tx.dialogs.of_conversation(conversation_id), viewer.sees)
    shown = entries if whole else entries[-SHOWN:]
    transcripts = await views.about.transcripts(conversation_id)
    window, client = console.settings.window, console.registry.clients.get(held.client)
    return Dialog(
        row=row,
        held=held,
        lines=lines(shown, turns, ZoneInfo(client.config.timezone if client else "UTC")),
        earlier=len(entries) - len(shown),
        whole=whole,
        about=about,
        opinions=await views.about.opinions(conversation_id),
        account=await tx.books.account(held.client, about.contact_id),
        replies=await views.holding.saved_replies(held.client),
        transcripts={f"message-{key}": words for key, words in transcripts.items()},
        quotes={f"message-{key}": _quoted(each) for key, each in (await views.about.quotes(conversation_id)).items()},
        cost=_sum(turns),
        tokens=sum(turn.input_tokens + turn.output_tokens for turn in turns),
        holds_it=held.is_held_by(viewer.user.id),
        others=held.is_held_by_another(viewer.user.id),
        window_until=held.last_inbound_at + window if held.last_inbound_at else None,
        window_open=held.window_is_open(window),
        templates=await templates_for(tx, client, held.channel),
        largest_upload=console.settings.largest_upload,
    )


def _sum(turns: list[TurnCost]) -> Decimal:
    return sum((turn.cost_usd for turn in turns if turn.cost_usd is not None), Decimal(0))


def _quoted(quote: Quote) -> Quoted:
    content = quote.content
    return Quoted(
        quote.author, content.get("kind") or content.get("type") or "text", last_line(content)[1], quote.entry_id
    )
