"""The log of a conversation: what was said, by whom, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from uuid_utils.compat import uuid7

from remanso.model.content import Content, Revoke
from remanso.model.message import Author
from remanso.model.outgoing import Outgoing, read_outgoing
from remanso.store.rows import Repository, many

_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


@dataclass(frozen=True)
class LogMessage:
    """One stored message. `content` is JSON: a contact's by `contact_content`, the bot's `{"text": …}`.

    What a tool had sent bears its `call_id` instead of a step, and its content is read by `sent_content`.
    """

    id: UUID
    conversation_id: UUID
    author: str
    content: dict[str, Any]
    position: int | None
    turn_id: UUID | None
    step_id: UUID | None
    fate: str | None
    drop_reason: str | None
    wamid: str | None
    quoted: str | None
    sent_at: datetime
    call_id: str | None = None
    edited_text: str | None = None
    revoked_at: datetime | None = None

    @property
    def contact_content(self) -> Content:
        """What it says now: a text or caption as edited last; what was deleted is a `Revoke` of itself."""
        if self.revoked_at is not None and self.wamid is not None:
            return Revoke(target=self.wamid)
        return _CONTENT.validate_python(amended(self.content, self.edited_text))

    @property
    def sent_content(self) -> Outgoing:
        return read_outgoing({**self.content, "type": self.content["kind"]})


def amended(content: Mapping[str, Any], edited_text: str | None) -> dict[str, Any]:
    """A message's content with the newest wording of its text, or of a file's caption. Pure."""
    place = "text" if content.get("kind") == "text" else "caption"
    return {**content, place: edited_text} if edited_text is not None else dict(content)


_COLUMNS = """id, conversation_id, author, content, position, turn_id, step_id, fate, drop_reason, wamid, quoted,
    sent_at, call_id, edited_text, revoked_at"""


class Messages(Repository):
    async def add_bot(
        self, conversation_id: UUID, channel: str, position: int, *, turn_id: UUID, step_id: UUID | None, text: str
    ) -> UUID:
        """What the bot said in one step (its text may be empty when it only called tools), or without the model."""
        content = {"kind": "text", "text": text}
        return await self._add_bot(conversation_id, channel, position, content, turn=turn_id, step=step_id, call=None)

    async def newest_inbound(self, conversation_id: UUID) -> str | None:
        """The wamid of the contact's newest message: marked as read, it and all before it are."""
        result = await self._run(
            """
            SELECT wamid FROM messages WHERE conversation_id = :id AND author = 'contact' AND wamid IS NOT NULL
            ORDER BY sent_at DESC, received_at DESC, payload_index DESC LIMIT 1
            """,
            id=conversation_id,
        )
        return result.scalar_one_or_none()

    async def add_sent(
        self, conversation_id: UUID, channel: str, position: int, *, turn_id: UUID, call_id: str, sent: Outgoing
    ) -> UUID:
        """What the bot sent because a tool asked for it: under the same `kind` as in a payload its `type`."""
        payload = sent.payload()
        content = {"kind": payload.pop("type"), **payload}
        return await self._add_bot(conversation_id, channel, position, content, turn=turn_id, step=None, call=call_id)

    async def add_human(self, conversation_id: UUID, channel: str, position: int, said: Outgoing) -> UUID:
        """What a person of the team says, under the same `kind` as in a payload its `type`."""
        message_id, payload = uuid7(), said.payload()
        await self._run(
            """
            INSERT INTO messages (id, conversation_id, author, content, position, channel, sent_at, received_at)
            VALUES (:id, :conversation, :author, :content, :position, :channel, now(), now())
            """,
            json=["content"],
            id=message_id,
            conversation=conversation_id,
            author=Author.HUMAN,
            content={"kind": payload.pop("type"), **payload},
            position=position,
            channel=channel,
        )
        return message_id

    async def _add_bot(
        self,
        conversation_id: UUID,
        channel: str,
        position: int,
        content: dict[str, Any],
        *,
        turn: UUID,
        step: UUID | None,
        call: str | None,
    ) -> UUID:
        message_id = uuid7()
        await self._run(
            """
            INSERT INTO messages (id, conversation_id, author, content, position, turn_id, step_id, call_id, channel,
                                  sent_at, received_at)
            VALUES (:id, :conversation, :author, :content, :position, :turn, :step, :call, :channel, now(), now())
            """,
            json=["content"],
            id=message_id,
            conversation=conversation_id,
            author=Author.BOT,
            content=content,
            position=position,
            turn=turn,
            step=step,
            call=call,
            channel=channel,
        )
        return message_id

    async def of_conversation(self, conversation_id: UUID) -> list[LogMessage]:
        """Everything said, in the one order; waiting messages last."""
        return many(
            LogMessage,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM messages WHERE conversation_id = :id
                ORDER BY position NULLS LAST, sent_at, received_at, payload_index
                """,  # noqa: S608
                id=conversation_id,
            ),
        )

    async def since_turn(self, conversation_id: UUID, first_turn: int, after: int = 0) -> list[LogMessage]:
        """The log behind position `after`, from the burst of turn number `first_turn` on, without what waits."""
        return many(
            LogMessage,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM messages
                WHERE conversation_id = :id AND position > :after AND position >= coalesce(
                    (SELECT min(position) FROM messages JOIN turns ON turns.id = messages.turn_id
                     WHERE turns.conversation_id = :id AND turns.number >= :first), 1)
                ORDER BY position
                """,  # noqa: S608
                id=conversation_id,
                first=first_turn,
                after=after,
            ),
        )

    async def between(self, conversation_id: UUID, after: int, until: int, limit: int) -> list[LogMessage]:
        """The newest `limit` messages behind position `after`, up to `until`, in the one order."""
        return many(
            LogMessage,
            await self._run(
                f"""
                SELECT * FROM (
                    SELECT {_COLUMNS} FROM messages
                    WHERE conversation_id = :id AND position > :after AND position <= :until
                    ORDER BY position DESC LIMIT :limit
                ) AS newest ORDER BY position
                """,  # noqa: S608
                id=conversation_id,
                after=after,
                until=until,
                limit=limit,
            ),
        )

    async def texts_of(self, channel: str, wamids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The contents that these wamids name, inbound or sent by us: what a reaction or a quote refers to.

        That of a sound that was heard has its `transcript` beside its own keys, that of an edited message what it said
        `before`. What was deleted is not told.
        """
        result = await self._run(
            """
            SELECT wamid, messages.content || jsonb_strip_nulls(jsonb_build_object('transcript', media.transcript,
                CASE WHEN messages.content->>'kind' = 'text' THEN 'text' ELSE 'caption' END, edited_text,
                'before', CASE WHEN edited_text IS NOT NULL
                    THEN coalesce(messages.content->>'text', messages.content->>'caption') END))
            FROM messages LEFT JOIN media ON media.message_id = messages.id
            WHERE channel = :channel AND wamid = ANY(:wamids) AND revoked_at IS NULL
            UNION ALL
            SELECT wamid, payload FROM deliveries WHERE wamid = ANY(:wamids)
            """,
            channel=channel,
            wamids=list(wamids),
        )
        return {row[0]: row[1] for row in result}
