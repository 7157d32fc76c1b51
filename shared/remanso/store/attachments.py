"""Attachments: files that people of the team and programs send, here before anything says that they are to be sent."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from remanso.store.rows import Repository, one


class File(Protocol):
    """What is to be kept, under an id that its sender chose."""

    @property
    def id(self) -> UUID: ...
    @property
    def filename(self) -> str: ...
    @property
    def mime_type(self) -> str: ...
    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True)
class Attachment:
    """`content` is None once its time is over. `sha256` is hex."""

    id: UUID
    filename: str
    mime_type: str
    sha256: str
    content: bytes | None


@dataclass(frozen=True)
class Label:
    """What stands on a file whose bytes are here."""

    filename: str
    mime_type: str


class Attachments(Repository):
    async def add(self, conversation_id: UUID, file: File, keep: timedelta) -> datetime:
        """The caller has the conversation's lock. Gives until when it is kept."""
        added = await self._run(
            """
            INSERT INTO attachments (id, conversation_id, filename, mime_type, size, sha256, content, expires_at)
            VALUES (:id, :conversation, :filename, :mime_type, :size, :sha256, :content, now() + :keep)
            RETURNING expires_at
            """,
            id=file.id,
            conversation=conversation_id,
            filename=file.filename,
            mime_type=file.mime_type,
            size=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(),
            content=file.content,
            keep=keep,
        )
        until: datetime = added.scalar_one()
        return until

    async def label(self, conversation_id: UUID, attachment_id: UUID) -> Label | None:
        """None: the conversation has no such file, or not its bytes any more."""
        return one(
            Label,
            await self._run(
                """
                SELECT filename, mime_type FROM attachments
                WHERE id = :id AND conversation_id = :conversation AND content IS NOT NULL
                """,
                id=attachment_id,
                conversation=conversation_id,
            ),
        )

    async def keep(self, conversation_id: UUID, attachment_id: UUID, keep: timedelta) -> bool:
        """For so long from now on: a message names it. False: its bytes are not here (any more)."""
        kept = await self._run(
            """
            UPDATE attachments SET expires_at = greatest(expires_at, now() + :keep)
            WHERE id = :id AND conversation_id = :conversation AND content IS NOT NULL
            """,
            id=attachment_id,
            conversation=conversation_id,
            keep=keep,
        )
        return kept.rowcount == 1

    async def get(self, conversation_id: UUID, attachment_id: UUID) -> Attachment | None:
        """None: the conversation has no such file."""
        return one(
            Attachment,
            await self._run(
                """
                SELECT id, filename, mime_type, sha256, content FROM attachments
                WHERE id = :id AND conversation_id = :conversation
                """,
                id=attachment_id,
                conversation=conversation_id,
            ),
        )

    async def forget(self, limit: int) -> int:
        """Of at most so many whose time is over: deletes the bytes, but not of what somebody waits to send; and all of
        those that no message ever named. Gives of how many."""
        old = await self._run(
            """
            SELECT a.id FROM attachments a WHERE a.content IS NOT NULL AND a.expires_at <= now()
              AND NOT EXISTS (SELECT FROM deliveries d WHERE d.conversation_id = a.conversation_id
                              AND d.state IN ('pending', 'held', 'sending', 'unknown')
                              AND d.payload->>'attachment' = a.id::text)
            ORDER BY a.expires_at LIMIT :limit FOR UPDATE OF a SKIP LOCKED
            """,
            limit=limit,
        )
        ids = list(old.scalars())
        if ids:
            await self._run(f"DELETE FROM attachments a WHERE id = ANY(:ids) AND NOT EXISTS ({_NAMED})", ids=ids)  # noqa: S608
            await self._run("UPDATE attachments SET content = NULL WHERE id = ANY(:ids)", ids=ids)
        return len(ids)


_NAMED = "SELECT FROM messages m WHERE m.conversation_id = a.conversation_id AND m.content->>'attachment' = a.id::text"
