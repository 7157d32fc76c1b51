"""Attachments: files that people of the team send, here before anything says that they are to be sent."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
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


class Attachments(Repository):
    async def add(self, conversation_id: UUID, file: File, keep: timedelta) -> None:
        """The caller has the conversation's lock, and queues the delivery in the same transaction."""
        await self._run(
            """
            INSERT INTO attachments (id, conversation_id, filename, mime_type, size, sha256, content, expires_at)
            VALUES (:id, :conversation, :filename, :mime_type, :size, :sha256, :content, now() + :keep)
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
        """Deletes the bytes whose time is over and that nobody waits to send, of at most so many; gives of how many."""
        result = await self._run(
            """
            UPDATE attachments SET content = NULL WHERE id IN (
                SELECT a.id FROM attachments a WHERE a.content IS NOT NULL AND a.expires_at <= now()
                  AND NOT EXISTS (SELECT FROM deliveries d WHERE d.conversation_id = a.conversation_id
                                  AND d.state IN ('pending', 'held', 'sending', 'unknown')
                                  AND d.payload->>'attachment' = a.id::text)
                ORDER BY a.expires_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            """,
            limit=limit,
        )
        return int(result.rowcount)
