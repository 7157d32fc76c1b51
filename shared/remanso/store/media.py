"""Files that contacts sent, each stored under its message once it was opened: nothing is fetched or paid for twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from remanso.model.media import MediaState
from remanso.store.rows import Repository, many
from remanso.store.turns import Turn


@dataclass(frozen=True)
class Bill:
    """What turning sound into words used; `cost_usd` is None when it has no price, or nobody knows how long it was."""

    model: str
    request_id: str | None
    audio_seconds: float | None
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    price_valid_from: date | None


@dataclass(frozen=True)
class Opened:
    """What became of one file. `size` in bytes, `sha256` in hex, `seconds` that it took."""

    state: MediaState
    reason: str | None = None
    mime_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    content: bytes | None = None
    transcript: str | None = None
    bill: Bill | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class StoredMedia:
    """A row without its bytes."""

    message_id: UUID
    turn_id: UUID
    kind: str
    state: str
    reason: str | None
    mime_type: str | None
    size: int | None
    transcript: str | None
    audio_seconds: float | None
    cost_usd: Decimal | None


_COLUMNS = "message_id, turn_id, kind, state, reason, mime_type, size, transcript, audio_seconds, cost_usd"


class MediaFiles(Repository):
    async def add(
        self, turn: Turn, message_id: UUID, media_id: str, kind: str, opened: Opened, keep: timedelta
    ) -> None:
        """Stores what became of a message's file; the caller holds the turn. What is stored already stays."""
        bill = opened.bill or Bill("", None, None, 0, 0, None, None)
        await self._run(
            """
            INSERT INTO media (message_id, turn_id, client, attempt, media_id, kind, state, reason, mime_type, size,
                sha256, content, transcript, model, request_id, audio_seconds, input_tokens, output_tokens, cost_usd,
                price_valid_from, seconds, expires_at)
            VALUES (:message, :turn, :client, :attempt, :media_id, :kind, :state, :reason, :mime_type, :size,
                :sha256, :content, :transcript, nullif(:model, ''), :request_id, :audio_seconds, :input_tokens,
                :output_tokens, :cost_usd, :price_valid_from, :seconds, now() + :keep)
            ON CONFLICT (message_id) DO NOTHING
            """,
            message=message_id,
            turn=turn.id,
            client=turn.client,
            attempt=turn.attempt,
            media_id=media_id,
            kind=kind,
            keep=keep,
            **{name: value for name, value in vars(opened).items() if name != "bill"},
            **vars(bill),
        )

    async def forget(self, limit: int) -> int:
        """Deletes the bytes whose time is over, of at most so many files; gives of how many. The rows stay."""
        result = await self._run(
            """
            UPDATE media SET content = NULL WHERE message_id IN (
                SELECT message_id FROM media WHERE content IS NOT NULL AND expires_at <= now()
                ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            """,
            limit=limit,
        )
        return int(result.rowcount)

    async def of_turns(self, turn_ids: Sequence[UUID]) -> list[StoredMedia]:
        """What became of the files in these turns' bursts, whichever turn opened them: a person may have cut in."""
        return many(
            StoredMedia,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM media WHERE message_id IN (SELECT id FROM messages WHERE turn_id = ANY(:turns))
                ORDER BY message_id
                """,  # noqa: S608
                turns=list(turn_ids),
            ),
        )

    async def contents(self, message_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """The bytes that are kept under these messages."""
        if not message_ids:
            return {}
        result = await self._run(
            "SELECT message_id, content FROM media WHERE message_id = ANY(:ids) AND content IS NOT NULL",
            ids=list(message_ids),
        )
        return {row[0]: bytes(row[1]) for row in result}
