"""Parts of a dialog: which rows stand between two positions of the log, found without reading the others' contents.

Whatever has no position stands behind the last message that was stored before it (`remanso.model.dialog.arranged`):
of such rows a span holds those of a time. Messages that wait have no position yet and come last, and with them whatever
was stored since the first of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from remanso.store.rows import Repository


@dataclass(frozen=True)
class Span:
    """From position `lowest` to `highest`, and what was stored from `since` until before `until`; None: no border.

    What waits, and all without a position that was stored after `waiting`, is in the span without `highest`.
    """

    lowest: int | None = None
    highest: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    waiting: datetime | None = None

    @property
    def values(self) -> dict[str, Any]:
        return vars(self)


WHOLE = Span()

_TABLES = {
    "message": ("messages", "created_at"),
    "delivery": ("deliveries", "created_at"),
    "note": ("notes", "created_at"),
    "change": ("conversation_events", "created_at"),
    "handed_off": ("turns", "closed_at"),
}
"""By the beginning of an entry's id, of what the team sees: where its row is, and since when it is so."""


def in_time(column: str) -> str:
    """SQL: whether a row without a position stands in the span."""
    return f"""CASE WHEN {column} >= CAST(:waiting AS timestamptz) THEN CAST(:highest AS bigint) IS NULL
        ELSE {column} >= coalesce(CAST(:since AS timestamptz), '-infinity')
            AND {column} < coalesce(CAST(:until AS timestamptz), 'infinity') END"""


_WAITING = "position IS NULL AND fate IS NULL"

IN_LOG = f"""(
    position BETWEEN coalesce(CAST(:lowest AS bigint), 0) AND coalesce(CAST(:highest AS bigint), 9223372036854775807)
    OR (position IS NULL AND {in_time("messages.created_at")}))"""
"""SQL: whether a message stands in the span. One that waits is never older than the first that does."""


class Spans(Repository):
    async def span_below(self, conversation_id: UUID, highest: int | None, most: int) -> Span:
        """That of the last `most` positions up to `highest`; without `lowest` when nothing is below."""
        places = await self._run(
            """
            SELECT position FROM messages
            WHERE conversation_id = :id AND position <= coalesce(CAST(:highest AS bigint), 9223372036854775807)
            ORDER BY position DESC LIMIT :most
            """,
            id=conversation_id,
            highest=highest,
            most=most + 1,
        )
        found = [row.position for row in places.all()]
        lowest = found[most - 1] if len(found) > most else None
        # An entry stands behind a message once nothing up to that message was stored after it.
        times = await self._run(
            f"""
            SELECT max(created_at) FILTER (WHERE position <= CAST(:lowest AS bigint)) AS since,
                CASE WHEN max(position) > CAST(:highest AS bigint) THEN max(created_at) END AS until,
                (SELECT min(created_at) FROM messages WHERE conversation_id = :id AND {_WAITING}) AS waiting
            FROM messages WHERE conversation_id = :id AND position <= coalesce(
                (SELECT min(position) FROM messages
                 WHERE conversation_id = :id AND position > coalesce(CAST(:highest AS bigint), 9223372036854775807)),
                CAST(:lowest AS bigint), 0)
            """,  # noqa: S608
            id=conversation_id,
            lowest=lowest,
            highest=highest,
        )
        row = times.one()
        return Span(lowest, highest, row.since, row.until, row.waiting)

    async def span_with(self, conversation_id: UUID, entry_id: str, most: int) -> Span | None:
        """The span at whose upper end that entry stands; None when there is none of this id."""
        kind, _, id_ = entry_id.partition("-")
        if kind not in _TABLES:
            return None
        table, stored = _TABLES[kind]
        position = "position" if kind == "message" else "CAST(NULL AS bigint)"
        result = await self._run(
            f"""
            SELECT {position} IS NULL AND {stored} >= (
                SELECT min(created_at) FROM messages WHERE conversation_id = :id AND {_WAITING}) AS comes_last,
            coalesce({position}, (
                SELECT max(position) FROM (
                    SELECT position, max(created_at) OVER (ORDER BY position) AS stored FROM messages
                    WHERE conversation_id = :id AND position IS NOT NULL) log
                WHERE log.stored <= {table}.{stored}), 0) AS place
            FROM {table} WHERE conversation_id = :id AND id = :entry
            """,  # noqa: S608
            id=conversation_id,
            entry=UUID(id_),
        )
        row = result.one_or_none()
        if row is None:
            return None
        return await self.span_below(conversation_id, None if row.comes_last else row.place, most)
