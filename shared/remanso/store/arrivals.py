"""What comes in to a conversation: stored once, amended by what follows it, ended where no turn will have it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from uuid_utils.compat import uuid7

from remanso.model.message import Author, EchoedMessage, Fate, InboundMessage
from remanso.store.rows import Repository


@dataclass(frozen=True)
class Arrival:
    """An inbound message with its conversation, ready to be stored."""

    conversation_id: UUID
    message: InboundMessage
    received_at: datetime
    event_id: str
    asks: bool = True
    """Whether it wants an answer by itself; else it waits for one that does."""
    traceparent: str | None = None


class Arrivals(Repository):
    async def add(self, arrivals: Sequence[Arrival]) -> set[str]:
        """Stores what is new and gives the event ids of those; a message that is here already ends here."""
        new: set[str] = set()
        if arrivals:
            result = await self._run(
                """
                INSERT INTO messages (id, conversation_id, author, content, channel, wamid, event_id, quoted,
                                      sent_at, received_at, payload_index, raw, asks, traceparent)
                SELECT id, conversation_id, 'contact', content, channel, wamid, event_id, quoted,
                       sent_at, received_at, payload_index, raw, asks, traceparent
                FROM unnest(CAST(:ids AS uuid[]), CAST(:conversations AS uuid[]), CAST(:contents AS jsonb[]),
                            CAST(:channels AS text[]), CAST(:wamids AS text[]), CAST(:events AS text[]),
                            CAST(:quoted AS text[]), CAST(:sent AS timestamptz[]), CAST(:received AS timestamptz[]),
                            CAST(:indexes AS int[]), CAST(:raws AS jsonb[]), CAST(:asks AS boolean[]),
                            CAST(:traces AS text[]))
                    AS new(id, conversation_id, content, channel, wamid, event_id, quoted,
                           sent_at, received_at, payload_index, raw, asks, traceparent)
                ORDER BY channel, wamid
                ON CONFLICT (channel, wamid) DO NOTHING
                RETURNING event_id
                """,
                **_columns(arrivals),
            )
            new.update(result.scalars())
        return new

    async def amend(self, conversation_ids: Collection[UUID]) -> None:
        """Writes the newest edit and a deletion beside the messages they are about, whichever of both came first.

        Only the author of a message changes it, in its own conversation. What was said first stays in `content`.
        """
        await self._run(
            """
            UPDATE messages m SET edited_text = coalesce(a.text, m.edited_text),
                edited_at = coalesce(a.edited_at, m.edited_at), revoked_at = coalesce(a.revoked_at, m.revoked_at)
            FROM (
                SELECT conversation_id, author, content->>'target' AS target,
                    (array_agg(content->>'text' ORDER BY sent_at DESC, received_at DESC, payload_index DESC)
                        FILTER (WHERE content->>'kind' = 'edit' AND content->>'text' IS NOT NULL))[1] AS text,
                    max(sent_at) FILTER (WHERE content->>'kind' = 'edit') AS edited_at,
                    max(sent_at) FILTER (WHERE content->>'kind' = 'revoke') AS revoked_at
                FROM messages WHERE conversation_id = ANY(:ids) AND content->>'kind' IN ('edit', 'revoke')
                GROUP BY conversation_id, author, content->>'target'
            ) a
            WHERE m.conversation_id = a.conversation_id AND m.author = a.author AND m.wamid = a.target
              AND (a.text, a.revoked_at) IS DISTINCT FROM (m.edited_text, m.revoked_at)
            """,
            ids=list(conversation_ids),
        )

    async def is_ours(self, channel: str, echo: EchoedMessage, conversation_id: UUID) -> bool:
        """Whether an echo is of something in this log, or sent by us: by wamid, else by a part whose wamid is unknown.

        A part that is on its way, or of which nobody knows, has no wamid yet; the same words from the same number at
        this moment are taken to be it.
        """
        result = await self._run(
            """
            SELECT EXISTS (SELECT FROM messages WHERE channel = :channel AND wamid = :wamid)
                OR EXISTS (SELECT FROM deliveries WHERE wamid = :wamid)
                OR EXISTS (SELECT FROM deliveries WHERE conversation_id = :conversation AND wamid IS NULL
                           AND attempts > 0 AND state IN ('pending', 'sending', 'unknown')
                           AND payload->>'text' = CAST(:text AS text))
            """,
            channel=channel,
            wamid=echo.wamid,
            conversation=conversation_id,
            text=getattr(echo.content, "text", None),
        )
        return bool(result.scalar_one())

    async def add_echo(
        self, conversation_id: UUID, position: int, echo: EchoedMessage, received_at: datetime, event_id: str
    ) -> UUID:
        """What a person of the business wrote with the phone app. Raises IntegrityError for one that is here."""
        message_id = uuid7()
        await self._run(
            """
            INSERT INTO messages (id, conversation_id, author, content, position, channel, wamid, event_id, quoted,
                                  sent_at, received_at, payload_index, raw)
            VALUES (:id, :conversation, :author, :content, :position, :channel, :wamid, :event, :quoted,
                    :sent, :received, :index, :raw)
            """,
            json=["content", "raw"],
            id=message_id,
            conversation=conversation_id,
            author=Author.HUMAN,
            content=echo.content.model_dump(mode="json", exclude_none=True),
            position=position,
            channel=echo.channel,
            wamid=echo.wamid,
            event=event_id,
            quoted=echo.quoted,
            sent=echo.sent_at,
            received=received_at,
            index=echo.index,
            raw=echo.raw,
        )
        return message_id

    async def count_between(self, spans: Iterable[tuple[UUID, datetime, datetime]]) -> dict[UUID, int]:
        """How many messages the contact sent in (after, until] of each conversation, by the channel's clock."""
        rows = list(spans)
        result = await self._run(
            """
            SELECT span.id, count(*)
            FROM unnest(CAST(:ids AS uuid[]), CAST(:after AS timestamptz[]), CAST(:until AS timestamptz[]))
                AS span(id, after, until)
            JOIN messages ON messages.conversation_id = span.id AND messages.author = 'contact'
                AND messages.sent_at > span.after AND messages.sent_at <= span.until
            GROUP BY span.id
            """,
            ids=[row[0] for row in rows],
            after=[row[1] for row in rows],
            until=[row[2] for row in rows],
        )
        return {row[0]: row[1] for row in result}

    async def drop(self, arrivals: Sequence[Arrival], reason: str) -> None:
        """Marks messages that no turn will get, for a stated reason."""
        await self._end(arrivals, Fate.DROPPED, reason)

    async def keep_as_feedback(self, arrivals: Sequence[Arrival]) -> None:
        """Marks messages that answered our question how it went: no turn gets them, and no model."""
        await self._end(arrivals, Fate.FEEDBACK, None)

    async def _end(self, arrivals: Sequence[Arrival], fate: Fate, reason: str | None) -> None:
        await self._run(
            """
            UPDATE messages SET fate = :fate, drop_reason = :reason
            FROM unnest(CAST(:channels AS text[]), CAST(:wamids AS text[])) AS dropped(channel, wamid)
            WHERE messages.channel = dropped.channel AND messages.wamid = dropped.wamid AND messages.fate IS NULL
            """,
            channels=[arrival.message.channel for arrival in arrivals],
            wamids=[arrival.message.wamid for arrival in arrivals],
            fate=fate,
            reason=reason,
        )

    async def drop_waiting(self, reasons: Mapping[UUID, str]) -> dict[UUID, int]:
        """Drops what waits for an answer in these locked conversations, {conversation: reason}; gives how many each."""
        result = await self._run(
            """
            UPDATE messages SET fate = 'dropped', drop_reason = d.reason
            FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS d(conversation_id, reason)
            WHERE messages.conversation_id = d.conversation_id AND author = 'contact' AND fate IS NULL AND asks
            RETURNING messages.conversation_id
            """,
            ids=list(reasons),
            reasons=list(reasons.values()),
        )
        return dict(Counter(result.scalars()))


def _columns(arrivals: Sequence[Arrival]) -> dict[str, list[Any]]:
    """The arrivals as columns: one statement stores the whole batch."""
    messages = [arrival.message for arrival in arrivals]
    return {
        "ids": [uuid7() for _ in arrivals],
        "conversations": [arrival.conversation_id for arrival in arrivals],
        "contents": [message.content.model_dump_json(exclude_none=True) for message in messages],
        "channels": [message.channel for message in messages],
        "wamids": [message.wamid for message in messages],
        "events": [arrival.event_id for arrival in arrivals],
        "quoted": [message.quoted for message in messages],
        "sent": [message.sent_at for message in messages],
        "received": [arrival.received_at for arrival in arrivals],
        "indexes": [message.index for message in messages],
        "asks": [arrival.asks for arrival in arrivals],
        "traces": [arrival.traceparent for arrival in arrivals],
        "raws": [_CANONICAL.dump_json(message.raw).decode() for message in messages],
    }


_CANONICAL: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
