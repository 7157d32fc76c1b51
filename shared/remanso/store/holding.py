"""Who holds a conversation, and the rest of what a person does in it: notes, saved replies, who said what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import many, one
from remanso.store.scoped import Scoped
from remanso.store.takeovers import HANDED_BACK


@dataclass(frozen=True)
class Held:
    """A conversation as whoever acts in it needs it. `holder_id` is set while a person of the console holds it.

    `now` is PostgreSQL's clock: every comparison of times uses it.
    """

    id: UUID
    client: str
    channel: str
    contact_id: UUID
    mode: str
    epoch: int
    human_until: datetime | None
    handoff_reason: str | None
    last_inbound_at: datetime | None
    shut_after: datetime | None
    holder_id: UUID | None
    holder: str | None
    now: datetime

    def is_held_by(self, user_id: UUID) -> bool:
        return self.holder_id == user_id and self._counts

    def is_held_by_another(self, user_id: UUID) -> bool:
        return self.holder_id not in (None, user_id) and self._counts

    @property
    def _counts(self) -> bool:
        """Time that ran out counts as handed back, although the timer has not come by yet."""
        return self.mode == "human" and self.human_until is not None and self.human_until > self.now

    def window_is_open(self, window: timedelta) -> bool:
        heard_at = self.last_inbound_at
        return heard_at is not None and heard_at != self.shut_after and self.now < heard_at + window


@dataclass(frozen=True)
class SavedReply:
    id: UUID
    title: str
    text: str


_HELD = """c.id, c.client, c.channel, c.contact_id, c.mode, c.epoch, c.human_until, c.handoff_reason,
    c.last_inbound_at, c.shut_after, h.user_id AS holder_id, h.who AS holder, clock_timestamp() AS now"""


class Holding(Scoped):
    async def lock(self, conversation_id: UUID) -> Held | None:
        """The conversation as `get` finds it, locked until the end of the transaction, as for every service.

        It is read once more behind the lock. Whoever waited would otherwise see the row as it is now, but beside it the
        holder as of when the waiting began, and both would think that nobody holds it; nor would they see that it was
        merged meanwhile.
        """
        locked, held = None, await self.get(conversation_id)
        while held is not None and held.id != locked:
            await self._run(
                f"SELECT FROM conversations WHERE id = :id AND {self._mine('client')} FOR UPDATE", id=held.id
            )
            locked, held = held.id, await self.get(conversation_id)
        return held

    async def get(self, conversation_id: UUID) -> Held | None:
        """The conversation or, once it was merged into another, that one: pages and programs keep old ids for long.

        Whoever goes on with it goes on with the id that they find here. None: not theirs.
        """
        return one(
            Held,
            await self._run(
                f"""
                SELECT {_HELD} FROM conversations found
                JOIN conversations c ON c.id = coalesce(found.merged_into, found.id)
                LEFT JOIN holds h ON h.conversation_id = c.id AND h.epoch = c.epoch AND c.mode = 'human'
                WHERE found.id = :id AND {self._mine("c.client")}
                """,  # noqa: S608
                id=conversation_id,
            ),
        )

    async def note_holder(self, conversation_id: UUID, epoch: int, user_id: UUID, who: str) -> None:
        """Who took over in this epoch, which the take-over has just made."""
        await self._run(
            f"""
            INSERT INTO holds (conversation_id, epoch, user_id, who)
            SELECT id, :epoch, :user, :who FROM conversations
            WHERE id = :id AND epoch = :epoch AND {self._mine("client")}
            """,  # noqa: S608
            id=conversation_id,
            epoch=epoch,
            user=user_id,
            who=who,
        )

    async def extend(self, conversation_id: UUID, hold: timedelta) -> None:
        """The holder's time begins anew; it never gets shorter. Only for whoever has locked and holds it."""
        await self._run(
            f"""
            UPDATE conversations SET human_until = greatest(human_until, now() + :hold)
            WHERE id = :id AND mode = 'human' AND {self._mine("client")}
            """,  # noqa: S608
            id=conversation_id,
            hold=hold,
        )

    async def hand_back(self, conversation_id: UUID, who: str) -> None:
        """To the bot, by a person: a new epoch. Only for whoever has locked it."""
        await self._run(
            f"""
            WITH due AS (
                SELECT id, epoch, handoff_reason, 'person' AS cause, CAST(:who AS text) AS who FROM conversations
                WHERE id = :id AND mode = 'human' AND {self._mine("client")}
            ), {HANDED_BACK}
            SELECT FROM handed_back
            """,  # noqa: S608
            id=conversation_id,
            who=who,
        )

    async def was_said(self, user_id: UUID, key: str) -> bool:
        """Whether the browser's request came before: asked under the conversation's lock, so that it holds."""
        result = await self._run(
            f"""
            SELECT EXISTS (SELECT FROM human_messages s JOIN messages m ON m.id = s.message_id
                           JOIN conversations c ON c.id = m.conversation_id
                           WHERE s.user_id = :user AND s.key = :key AND {self._mine("c.client")})
            """,  # noqa: S608
            user=user_id,
            key=key,
        )
        return bool(result.scalar_one())

    async def note_author(self, message_id: UUID, user_id: UUID, who: str, key: str) -> None:
        await self._run(
            f"""
            INSERT INTO human_messages (message_id, user_id, who, key)
            SELECT m.id, :user, :who, :key FROM messages m JOIN conversations c ON c.id = m.conversation_id
            WHERE m.id = :id AND {self._mine("c.client")}
            """,  # noqa: S608
            id=message_id,
            user=user_id,
            who=who,
            key=key,
        )

    async def add_note(self, conversation_id: UUID, user_id: UUID, who: str, text: str, key: str) -> UUID:
        """A private note; the same request twice is one note, and the second one's id is nobody's."""
        note_id = uuid7()
        await self._run(
            f"""
            INSERT INTO notes (id, conversation_id, user_id, who, text, key)
            SELECT :note, c.id, :user, :who, :text, :key FROM conversations c
            WHERE c.id = :id AND {self._mine("c.client")} ON CONFLICT (user_id, key) DO NOTHING
            """,  # noqa: S608
            note=note_id,
            id=conversation_id,
            user=user_id,
            who=who,
            text=text,
            key=key,
        )
        return note_id

    async def saved_replies(self, client: str) -> list[SavedReply]:
        return many(
            SavedReply,
            await self._run(
                f"""
                SELECT id, title, text FROM saved_replies
                WHERE client = :client AND {self._mine("client")} ORDER BY lower(title), id
                """,  # noqa: S608
                client=client,
            ),
        )

    async def save_reply(self, client: str, title: str, text: str) -> UUID:
        reply_id = uuid7()
        await self._run(
            f"""
            INSERT INTO saved_replies (id, client, title, text)
            SELECT :id, own.client, :title, :text FROM (VALUES (CAST(:client AS text))) own(client)
            WHERE {self._mine("own.client")}
            """,  # noqa: S608
            id=reply_id,
            client=client,
            title=title,
            text=text,
        )
        return reply_id

    async def drop_reply(self, client: str, reply_id: UUID) -> bool:
        """False when there is none."""
        gone = await self._run(
            f"DELETE FROM saved_replies WHERE id = :id AND client = :client AND {self._mine('client')}",  # noqa: S608
            id=reply_id,
            client=client,
        )
        return gone.rowcount == 1
