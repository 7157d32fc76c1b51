"""What is known about a contact and a conversation beside its dialog: for the panel at the right, and for operators."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from remanso.store.rows import many, one
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class About:
    """`aliases` are (kind, value) pairs; `facts` what tools have saved."""

    contact_id: UUID
    name: str | None
    profile_name: str | None
    email: str | None
    language: str | None
    location: dict[str, Any] | None
    facts: dict[str, Any]
    since: datetime
    aliases: list[list[str]]


@dataclass(frozen=True)
class TurnCost:
    """One turn and what it used; `cost_usd` is None where a model has no price."""

    id: UUID
    number: int
    state: str
    messages: int
    sealed_at: datetime
    closed_at: datetime | None
    steps: int
    models: list[str]
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    seconds: float


@dataclass(frozen=True)
class Quote:
    """An earlier message that one is about: `author` as in the log, and where in the dialog it stands."""

    author: str
    content: dict[str, Any]
    entry_id: str


@dataclass(frozen=True)
class Opinion:
    """One answer to the question how it went."""

    asked_at: datetime
    answer: str | None
    reason: str | None


@dataclass(frozen=True)
class FileAt:
    """Where the bytes of a message's file are: kept here, or with the channel under `media_id` for a while."""

    client: str
    media_id: str | None
    kind: str
    mime_type: str | None
    filename: str | None
    content: bytes | None


class Abouts(Scoped):
    async def contact(self, conversation_id: UUID) -> About | None:
        """Whoever they are now: their conversation may still wait to be joined with another of theirs."""
        return one(
            About,
            await self._run(
                f"""
                SELECT k.id AS contact_id, k.name, k.profile_name, k.email, k.language, k.location, k.facts,
                    k.created_at AS since,
                    coalesce((SELECT jsonb_agg(jsonb_build_array(a.kind, a.value) ORDER BY a.kind DESC, a.value)
                              FROM contact_aliases a WHERE a.contact_id = k.id), '[]'::jsonb) AS aliases
                FROM conversations c JOIN contacts named ON named.id = c.contact_id
                JOIN contacts k ON k.id = coalesce(named.merged_into, named.id)
                WHERE c.id = :id AND {self._mine("c.client")}
                """,  # noqa: S608
                id=conversation_id,
            ),
        )

    async def turns(self, conversation_id: UUID) -> list[TurnCost]:
        return many(
            TurnCost,
            await self._run(
                f"""
                SELECT t.id, t.number, t.state, t.sealed_at, t.closed_at,
                    (SELECT count(*) FROM messages m WHERE m.turn_id = t.id AND m.author = 'contact') AS messages,
                    count(s.id) AS steps, coalesce(array_agg(DISTINCT s.model) FILTER (WHERE s.id IS NOT NULL), '{{}}')
                        AS models,
                    coalesce(sum(s.input_tokens), 0) AS input_tokens,
                    coalesce(sum(s.output_tokens), 0) AS output_tokens, sum(s.cost_usd) AS cost_usd,
                    coalesce(extract(epoch FROM t.closed_at - t.sealed_at), 0)::float8 AS seconds
                FROM turns t JOIN conversations c ON c.id = t.conversation_id LEFT JOIN steps s ON s.turn_id = t.id
                WHERE t.conversation_id = :id AND {self._mine("c.client")} GROUP BY t.id ORDER BY t.number
                """,  # noqa: S608
                id=conversation_id,
            ),
        )

    async def opinions(self, conversation_id: UUID, limit: int = 5) -> list[Opinion]:
        """The latest answers, newest first."""
        return many(
            Opinion,
            await self._run(
                f"""
                SELECT asked_at, answer, reason FROM feedback
                WHERE conversation_id = :id AND answer IS NOT NULL AND {self._mine("client")}
                ORDER BY asked_at DESC LIMIT :limit
                """,  # noqa: S608
                id=conversation_id,
                limit=limit,
            ),
        )

    async def file(self, conversation_id: UUID, message_id: UUID) -> FileAt | None:
        """The file of a contact's message, or one that a person attached. None: there is none, or somebody else's."""
        return one(
            FileAt,
            await self._run(
                f"""
                SELECT c.client, m.content->>'media_id' AS media_id, m.content->>'kind' AS kind,
                    coalesce(f.mime_type, a.mime_type, m.content->>'mime_type') AS mime_type,
                    coalesce(a.filename, m.content->>'filename') AS filename, coalesce(f.content, a.content) AS content
                FROM messages m JOIN conversations c ON c.id = m.conversation_id
                LEFT JOIN media f ON f.message_id = m.id
                LEFT JOIN attachments a ON a.id::text = m.content->>'attachment' AND a.conversation_id = c.id
                WHERE m.id = :message AND c.id = :id
                  AND (m.author = 'contact' AND m.content ? 'media_id' OR a.id IS NOT NULL)
                  AND {self._mine("c.client")}
                """,  # noqa: S608
                id=conversation_id,
                message=message_id,
            ),
        )

    async def transcripts(self, conversation_id: UUID) -> dict[UUID, str]:
        """The words of what was heard, by message."""
        result = await self._run(
            f"""
            SELECT f.message_id, f.transcript FROM media f JOIN messages m ON m.id = f.message_id
            WHERE m.conversation_id = :id AND f.transcript IS NOT NULL AND {self._mine("f.client")}
            """,  # noqa: S608
            id=conversation_id,
        )
        return {row.message_id: row.transcript for row in result}

    async def quotes(self, conversation_id: UUID) -> dict[UUID, Quote]:
        """What the contact's replies, reactions and amendments are about, by message, where it is still known."""
        result = await self._run(
            f"""
            SELECT m.id AS message_id, coalesce(said.content, sent.payload) AS content,
                coalesce(said.author, CASE WHEN sent.kind = 'human' THEN 'human' ELSE 'bot' END) AS author,
                coalesce('message-' || coalesce(said.id, sent.message_id), 'delivery-' || sent.id) AS entry_id
            FROM messages m JOIN conversations c ON c.id = m.conversation_id
            CROSS JOIN LATERAL (SELECT coalesce(m.quoted, m.content->>'target') AS wamid) about
            LEFT JOIN messages said ON said.channel = m.channel AND said.wamid = about.wamid
                AND said.conversation_id = c.id
            LEFT JOIN deliveries sent ON sent.wamid = about.wamid AND sent.conversation_id = c.id AND said.id IS NULL
            WHERE c.id = :id AND {self._mine("c.client")} AND m.author = 'contact'
              AND (m.quoted IS NOT NULL OR m.content->>'kind' IN ('reaction', 'edit', 'revoke'))
              AND (said.id IS NOT NULL OR sent.id IS NOT NULL)
            """,  # noqa: S608
            id=conversation_id,
        )
        return {row.message_id: Quote(row.author, row.content, row.entry_id) for row in result}
