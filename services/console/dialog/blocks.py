"""Lines of a dialog, grouped for the eye: by day, and by the turn that they belong to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from uuid import UUID

from remanso.model.dialog import Entry, EntryKind
from remanso.store.about import TurnCost


@dataclass(frozen=True)
class Line:
    """An entry with what stands above it: a new day, or the border of a burst and its turn."""

    entry: Entry
    day: date | None
    turn: TurnCost | None
    continues: bool
    """Whether the same side has just spoken, so that the bubble joins the one above."""


def lines(entries: Sequence[Entry], turns: Iterable[TurnCost], zone: tzinfo) -> list[Line]:
    """`zone` is where days begin: the client's."""
    by_id: Mapping[UUID, TurnCost] = {turn.id: turn for turn in turns}
    drawn: list[Line] = []
    seen: set[UUID] = set()
    before: Entry | None = None
    today: date | None = None
    for entry in entries:
        day = (entry.sent_at or entry.at).astimezone(zone).date()
        new_day, today = day != today, day
        begins = entry.turn_id if entry.turn_id and entry.turn_id not in seen else None
        seen.update({begins} if begins else ())
        turn = by_id.get(begins) if begins else None
        joins = before is not None and not new_day and turn is None and _side(before) == _side(entry)
        drawn.append(Line(entry, day if new_day else None, turn, joins))
        before = entry
    return drawn


def _side(entry: Entry) -> tuple[str, str | None]:
    spoken = entry.kind in (EntryKind.MESSAGE, EntryKind.TEXT)
    return ("spoken" if spoken else entry.id, entry.author)
