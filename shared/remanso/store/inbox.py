"""The inbox: a person's conversations, those that moved last on top, page by page."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from remanso.store.rows import many
from remanso.store.scoped import Scoped

WINDOW = timedelta(hours=24)
CLOSING = timedelta(hours=2)
"""From so long before its end a window is "closing"."""
MOST_UNREAD = 100


class Status(StrEnum):
    """What a conversation is, for whoever looks at the list. Each is a colour, an icon and a word."""

    BOT = "bot"
    HUMAN = "human"
    NEEDS_HUMAN = "needs_human"
    """The bot asked for a person and none has come, or came in time: then the bot has the word meanwhile."""
    FAILED = "failed"
    """The last turn failed, or what was sent last did not arrive."""
    CLOSED = "closed"


class Choice(StrEnum):
    """Which conversations are listed."""

    OPEN = "open"
    MINE = "mine"
    NEEDS_HUMAN = "needs_human"
    UNASSIGNED = "unassigned"
    """The bot has not the word, and nobody of the console has it: handed off, or answered with the phone app."""
    HUMAN = "human"
    BOT = "bot"
    CLOSING = "closing"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True)
class Row:
    """One line of the list. `unread` stops at 100."""

    id: UUID
    client: str
    channel: str
    contact_id: UUID
    name: str | None
    wa_id: str | None
    status: str
    handoff_reason: str | None
    nobody_came_at: datetime | None
    holder_id: UUID | None
    holder: str | None
    human_until: datetime | None
    last_inbound_at: datetime | None
    last_at: datetime
    last_author: str | None
    last_content: dict[str, Any] | None
    unread: int
    now: datetime

    @property
    def window_until(self) -> datetime | None:
        """When free text is no longer possible."""
        return self.last_inbound_at + WINDOW if self.last_inbound_at else None

    @property
    def window_is_closing(self) -> bool:
        return self.window_until is not None and self.now < self.window_until < self.now + CLOSING


@dataclass(frozen=True)
class Counts:
    """How many are the person's, how many wait for one, and for how many of these nobody came in time."""

    mine: int
    needs_human: int
    missed: int


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: the next one begins behind it."""

    at: datetime
    id: UUID


_FAILED = """(EXISTS (SELECT FROM turns t WHERE t.conversation_id = c.id AND t.number = c.next_turn - 1
                  AND t.state = 'failed')
          OR EXISTS (SELECT FROM deliveries d WHERE d.conversation_id = c.id AND d.position = c.next_delivery - 1
                     AND d.state = 'failed'))"""
_WANTED = "h.user_id IS NULL AND c.handoff_reason IS NOT NULL"
_STATUS = f"""CASE WHEN i.closed_at >= i.last_at THEN 'closed' WHEN {_WANTED} THEN 'needs_human'
    WHEN c.mode = 'human' THEN 'human' WHEN {_FAILED} THEN 'failed' ELSE 'bot' END"""
_OPEN = "(i.closed_at IS NULL OR i.closed_at < i.last_at)"
_CHOSEN = {
    Choice.OPEN: _OPEN,
    Choice.MINE: f"c.mode = 'human' AND h.user_id = :user AND {_OPEN}",
    Choice.NEEDS_HUMAN: f"{_WANTED} AND {_OPEN}",
    Choice.UNASSIGNED: f"c.mode = 'human' AND h.user_id IS NULL AND {_OPEN}",
    Choice.HUMAN: f"c.mode = 'human' AND {_OPEN}",
    Choice.BOT: f"c.mode = 'bot' AND {_OPEN}",
    Choice.CLOSING: f"""{_OPEN} AND c.last_inbound_at > now() - interval '24 hours'
        AND c.last_inbound_at < now() - interval '22 hours'""",
    Choice.FAILED: f"c.mode = 'bot' AND {_OPEN} AND {_FAILED}",
    Choice.CLOSED: "i.closed_at >= i.last_at",
}
_FROM = """FROM inbox i JOIN conversations c ON c.id = i.conversation_id AND c.merged_into IS NULL
    LEFT JOIN holds h ON h.conversation_id = c.id AND h.epoch = c.epoch AND c.mode = 'human'"""


class Inbox(Scoped):
    async def page(
        self,
        user_id: UUID,
        *,
        choice: Choice = Choice.OPEN,
        search: str = "",
        client: str | None = None,
        after: Cursor | None = None,
        limit: int = 40,
    ) -> list[Row]:
        """The next rows behind `after`. `search` finds names, numbers and words that were said, by their beginnings."""
        found, behind = self._found(search), _behind(after)
        return many(
            Row,
            await self._run(
                f"""
                SELECT {self._columns()} {_FROM}
                JOIN contacts k ON k.id = c.contact_id LEFT JOIN messages m ON m.id = i.last_message_id
                LEFT JOIN reads r ON r.user_id = :user AND r.conversation_id = c.id
                WHERE {self._mine("i.client")} AND {_CHOSEN[choice] if not search else "true"} {found.condition}
                  AND (CAST(:client AS text) IS NULL OR i.client = :client)
                  {"AND (i.last_at, i.conversation_id) < (:at, :id)" if after else ""}
                ORDER BY i.last_at DESC, i.conversation_id DESC LIMIT :limit
                """,
                user=user_id,
                client=client,
                limit=limit,
                **behind,
                **found.values,
            ),
        )

    async def row(self, user_id: UUID, conversation_id: UUID) -> Row | None:
        """One conversation as the list shows it; None: there is none, or it is somebody else's."""
        rows = many(
            Row,
            await self._run(
                f"""
                SELECT {self._columns()} {_FROM}
                JOIN contacts k ON k.id = c.contact_id LEFT JOIN messages m ON m.id = i.last_message_id
                LEFT JOIN reads r ON r.user_id = :user AND r.conversation_id = c.id
                WHERE {self._mine("i.client")} AND c.id = :id
                """,
                user=user_id,
                id=conversation_id,
            ),
        )
        return rows[0] if rows else None

    async def counts(self, user_id: UUID, client: str | None) -> Counts:
        """What the list's tabs show."""
        result = await self._run(
            f"""
            SELECT count(*) FILTER (WHERE h.user_id = :user) AS mine,
                count(*) FILTER (WHERE {_WANTED}) AS waiting,
                count(*) FILTER (WHERE {_WANTED} AND c.mode = 'bot') AS missed
            {_FROM} WHERE {self._mine("i.client")} AND (c.mode = 'human' OR c.handoff_reason IS NOT NULL) AND {_OPEN}
              AND (CAST(:client AS text) IS NULL OR i.client = :client)
            """,
            user=user_id,
            client=client,
        )
        return Counts(*result.one())

    async def set_closed(self, conversation_id: UUID, *, closed: bool) -> None:
        await self._run(
            f"""
            UPDATE inbox SET closed_at = CASE WHEN :closed THEN clock_timestamp() END
            WHERE conversation_id = :id AND {self._mine("client")}
            """,  # noqa: S608
            id=conversation_id,
            closed=closed,
        )

    async def mark_read(self, user_id: UUID, conversation_id: UUID) -> None:
        """Everything the contact has said so far was seen by this person."""
        await self._run(
            f"""
            INSERT INTO reads (user_id, conversation_id, upto)
            SELECT :user, c.id, coalesce((SELECT max(sent_at) FROM messages
                WHERE conversation_id = c.id AND author = 'contact'), now())
            FROM conversations c WHERE c.id = :id AND {self._mine("c.client")}
            ON CONFLICT (user_id, conversation_id) DO UPDATE SET upto = greatest(reads.upto, excluded.upto)
            """,  # noqa: S608
            user=user_id,
            id=conversation_id,
        )

    def _columns(self) -> str:
        return f"""c.id, c.client, c.channel, c.contact_id, coalesce(k.name, k.profile_name) AS name,
            c.reply_wa_id AS wa_id, {_STATUS} AS status, c.handoff_reason, c.nobody_came_at, h.user_id AS holder_id,
            h.who AS holder, c.human_until, c.last_inbound_at, i.last_at, m.author AS last_author,
            m.content AS last_content,
            (SELECT count(*) FROM (SELECT FROM messages u WHERE u.conversation_id = c.id AND u.author = 'contact'
                AND u.sent_at > coalesce(r.upto, (SELECT created_at FROM users WHERE id = :user))
                LIMIT {MOST_UNREAD}) unread) AS unread, now() AS now"""  # noqa: S608

    def _found(self, search: str) -> "_Search":
        """By a word's beginning in what was said, by any part of a name, by digits of a number."""
        words = re.findall(r"\w+", search)[:8]
        if not words:
            return _Search("", {})
        digits = re.sub(r"\D", "", search)
        conditions = [
            """c.id IN (SELECT w.conversation_id FROM message_words w
                        WHERE w.words @@ to_tsquery('simple', folded(:words)))""",
            "folded(concat_ws(' ', k.name, k.profile_name, k.email)) LIKE '%' || folded(:name) || '%'",
        ]
        values = {"words": " & ".join(f"{word}:*" for word in words), "name": _escaped(search.strip())}
        if len(digits) >= 4:
            conditions.append("c.reply_wa_id LIKE '%' || :digits || '%'")
            values["digits"] = digits
        return _Search(f"AND ({' OR '.join(conditions)})", values)


@dataclass(frozen=True)
class _Search:
    condition: str
    values: dict[str, str]


def _behind(after: Cursor | None) -> dict[str, Any]:
    return {"at": after.at, "id": after.id} if after else {}


def _escaped(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)
