"""A conversation as people look at it: everything that was said and done, in one order, each with who may see it.

Pure: the store reads the rows (`remanso.store.dialog`), `arranged` puts them in order. Which kinds stand in which view
is told in docs/log-views.md.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import accumulate
from typing import Any
from uuid import UUID

from remanso.model.delivery import DeliveryState
from remanso.model.message import Author


class Visibility(StrEnum):
    """Who sees an entry; each of them sees what those before see, too."""

    CONTACT = "contact"
    """The contact wrote it, or it was sent to them."""
    TEAM = "team"
    """The people of the business."""
    OPERATOR = "operator"


class EntryKind(StrEnum):
    MESSAGE = "message"
    """What the contact, the bot or a person said; `content` as in the log.

    A file that was opened is described beside it, under `file`: state, reason, mime_type, size, sha256, transcript, and
    `kept`, whether its bytes are still here. What is not known is left out.
    """
    TEXT = "text"
    """What was sent without being a message of the log: fallback, feedback, a tool's text word by word."""
    TOOL_CALL = "tool_call"
    DRAFT = "draft"
    """An answer of the model that was paid for and never sent."""
    SUMMARY = "summary"
    """What the model is told of everything before, once that no longer fits."""
    HANDED_OFF = "handed_off"
    """The bot asked for a person."""
    TAKEN_OVER = "taken_over"
    HANDED_BACK = "handed_back"
    """To the bot; `reason` is a `HandedBackBy`."""
    NOTE = "note"
    """What people of the team write for each other."""
    FAILED = "failed"
    """A turn ended without an answer."""


class HandedBackBy(StrEnum):
    """What gave a conversation back to the bot."""

    PERSON = "person"
    TIME = "time"
    """The person who had it let their time run out."""
    NOBODY = "nobody"
    """The bot had asked for a person, and none came in time."""


@dataclass(frozen=True)
class Part:
    """One delivery of an entry and its fate."""

    id: UUID
    state: DeliveryState
    code: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the dialog.

    `at` is when it was stored, `sent_at` when the contact sent it by their channel's clock. `position` is a message's
    place in the log, and for anything else that of the message it belongs to; None where only time tells.
    `origin` names the kind of delivery, the tool or the model.
    """

    kind: EntryKind
    visibility: Visibility
    at: datetime
    content: dict[str, Any]
    author: Author | None = None
    sent_at: datetime | None = None
    position: int | None = None
    turn_id: UUID | None = None
    fate: str | None = None
    """Of a contact's message: turn, human, dropped; None while it waits."""
    reason: str | None = None
    origin: str | None = None
    parts: tuple[Part, ...] = ()
    who: str | None = None
    """The person of the team, where it was one."""
    id: str = ""
    """Names the line: the same for the same row each time the dialog is read."""

    @property
    def waits(self) -> bool:
        """Whether it is a message that has no place in the log yet."""
        return self.kind == EntryKind.MESSAGE and self.position is None and self.fate is None

    @property
    def is_silent(self) -> bool:
        """Whether it is a step of the bot's that only called tools: a place in the log and nothing to show."""
        return self.author == Author.BOT and self.kind == EntryKind.MESSAGE and self.content.get("text") == ""


_RANK = {EntryKind.MESSAGE: 0, EntryKind.TOOL_CALL: 1}
_LATER = 2


def arranged(entries: Iterable[Entry]) -> list[Entry]:
    """The entries in the one order of the dialog.

    Messages stand by their positions, whenever they were stored, and those that wait come last. Everything else stands
    behind the message it belongs to or, without one, the last message that was stored before it.
    """
    given = list(entries)
    waiting = min((entry.at for entry in given if entry.waits), default=None)
    log = sorted((entry.position, entry.at) for entry in given if _RANK.get(entry.kind) == 0 and entry.position)
    stored = list(accumulate((at for _, at in log), max))

    def place(entry: Entry) -> tuple[int, int, int, datetime]:
        if entry.position is not None:
            return 0, entry.position, _RANK.get(entry.kind, _LATER), entry.at
        before = bisect_right(stored, entry.at)
        comes_last = waiting is not None and entry.at >= waiting
        return int(comes_last), log[before - 1][0] if before and not comes_last else 0, _LATER, entry.at

    return [entry for entry in sorted(given, key=place) if not entry.is_silent]


def visible(entries: Iterable[Entry], to: Visibility) -> list[Entry]:
    """What `to` may see of a dialog."""
    order = list(Visibility)
    return [entry for entry in entries if order.index(entry.visibility) <= order.index(to)]


def seen_by_contact(parts: Sequence[Part]) -> Visibility:
    """Who sees something that the bot said: the contact too, unless none of its parts went out or still may."""
    gone = {DeliveryState.CANCELLED, DeliveryState.FAILED}
    return Visibility.TEAM if all(part.state in gone for part in parts) else Visibility.CONTACT
