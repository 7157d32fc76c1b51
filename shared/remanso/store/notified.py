"""The rows that a notification names, as they are when it is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from remanso.store.messages import amended
from remanso.store.rows import Repository, one


@dataclass(frozen=True)
class About:
    """The conversation a fact belongs to, and its contact; `reason` is why the bot asked for a person last."""

    id: UUID
    channel: str
    contact_id: UUID
    name: str | None
    wa_id: str | None
    reason: str | None


@dataclass(frozen=True)
class Said:
    """A message of a contact."""

    conversation_id: UUID
    content: dict[str, Any]
    edited_text: str | None
    sent_at: datetime

    @property
    def words(self) -> dict[str, Any]:
        return amended(self.content, self.edited_text)


@dataclass(frozen=True)
class Sent:
    """A part that went out or was to; `who` where a person wrote it."""

    conversation_id: UUID
    message_id: UUID | None
    kind: str
    payload: dict[str, Any]
    reason: str | None
    who: str | None


@dataclass(frozen=True)
class Judged:
    """What a contact said to the question how it went."""

    conversation_id: UUID
    answer: str | None
    reason: str | None


class Notified(Repository):
    """None everywhere for what is gone by now."""

    async def conversation(self, conversation_id: UUID) -> About | None:
        """The one that holds everything now, after merges."""
        return one(
            About,
            await self._run(
                """
                SELECT c.id, c.channel, k.id AS contact_id, coalesce(k.name, k.profile_name) AS name,
                    c.reply_wa_id AS wa_id, coalesce(c.handoff_reason, (
                        SELECT handoff_reason FROM turns t WHERE t.conversation_id = c.id AND handoff_reason IS NOT NULL
                        ORDER BY t.number DESC LIMIT 1)) AS reason
                FROM conversations gone JOIN conversations c ON c.id = coalesce(gone.merged_into, gone.id)
                JOIN contacts k ON k.id = c.contact_id WHERE gone.id = :id
                """,
                id=conversation_id,
            ),
        )

    async def message(self, message_id: UUID) -> Said | None:
        return one(
            Said,
            await self._run(
                "SELECT conversation_id, content, edited_text, sent_at FROM messages WHERE id = :id", id=message_id
            ),
        )

    async def delivery(self, delivery_id: UUID) -> Sent | None:
        return one(
            Sent,
            await self._run(
                """
                SELECT d.conversation_id, d.message_id, d.kind, d.payload, d.reason, h.who
                FROM deliveries d LEFT JOIN human_messages h ON h.message_id = d.message_id WHERE d.id = :id
                """,
                id=delivery_id,
            ),
        )

    async def holder(self, conversation_id: UUID, epoch: int) -> str | None:
        """Who took a conversation over in this epoch; None for the phone app."""
        found = await self._run(
            "SELECT who FROM holds WHERE conversation_id = :id AND epoch = :epoch", id=conversation_id, epoch=epoch
        )
        return found.scalar_one_or_none()

    async def handed_back(self, conversation_id: UUID, epoch: int) -> tuple[str | None, str | None]:
        """By what a conversation went back to the bot with this epoch, and who gave it back or had had it."""
        found = await self._run(
            "SELECT cause, who FROM conversation_events WHERE conversation_id = :id AND epoch = :epoch",
            id=conversation_id,
            epoch=epoch,
        )
        row = found.one_or_none()
        return (row.cause, row.who) if row else (None, None)

    async def feedback(self, feedback_id: UUID) -> Judged | None:
        return one(
            Judged,
            await self._run("SELECT conversation_id, answer, reason FROM feedback WHERE id = :id", id=feedback_id),
        )
