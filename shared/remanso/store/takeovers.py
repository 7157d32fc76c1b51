"""Who has the word in a conversation: the bot, or a person for as long as their time runs."""

from datetime import timedelta
from uuid import UUID

from remanso.store.conversations import COLUMNS, Conversation
from remanso.store.rows import Repository, many

STILL_VALID = """kept AS (
    UPDATE deliveries d SET epoch = d.epoch + 1 FROM due
    WHERE d.conversation_id = due.id AND d.epoch = due.epoch AND due.handoff_reason IS NOT NULL
      AND d.state IN ('pending', 'held', 'sending', 'unknown')
)"""
"""What waits in conversations that are handed back (`due`, as they were) though nobody had taken them: nobody has said
anything else, so it goes along into the new epoch."""


class Takeovers(Repository):
    async def hand_off(self, conversation_id: UUID, reason: str, hold: timedelta) -> None:
        """The bot asks for a person. The epoch stays: what the bot said on its way out is still delivered."""
        await self._run(
            """
            UPDATE conversations SET mode = 'human', handoff_reason = :reason, human_until = now() + :hold,
                feedback_due_at = NULL
            WHERE id = :id
            """,
            id=conversation_id,
            reason=reason,
            hold=hold,
        )

    async def take_over(self, conversation_id: UUID, hold: timedelta) -> int:
        """A person takes the conversation. From this commit on no bot part starts. Gives the new epoch."""
        result = await self._run(
            """
            WITH taken AS (
                UPDATE conversations SET mode = 'human', epoch = epoch + 1, human_until = now() + :hold,
                    handoff_reason = NULL, feedback_due_at = NULL
                WHERE id = :id RETURNING id, epoch
            )
            INSERT INTO conversation_events (conversation_id, kind, epoch) SELECT id, 'taken_over', epoch FROM taken
            RETURNING epoch
            """,
            id=conversation_id,
            hold=hold,
        )
        return int(result.scalar_one())

    async def keep_held(self, conversation_id: UUID, hold: timedelta) -> None:
        """The person who holds it has said something more: their time starts again."""
        await self._run(
            """
            UPDATE conversations SET human_until = greatest(human_until, now() + :hold), handoff_reason = NULL
            WHERE id = :id AND mode = 'human'
            """,
            id=conversation_id,
            hold=hold,
        )

    async def end_expired(self, limit: int) -> list[Conversation]:
        """Hands conversations whose person let the time run out back to the bot.

        Where the bot had asked for a person and none came, what it had said before is sent all the same.
        """
        return many(
            Conversation,
            await self._run(
                f"""
                WITH due AS (
                    SELECT id, epoch, handoff_reason FROM conversations WHERE human_until <= now()
                    LIMIT :limit FOR UPDATE SKIP LOCKED
                ), handed_back AS (
                    UPDATE conversations c
                    SET mode = 'bot', epoch = c.epoch + 1, human_until = NULL, handoff_reason = NULL
                    FROM due WHERE c.id = due.id RETURNING c.*
                ), told AS (
                    INSERT INTO conversation_events (conversation_id, kind, epoch)
                    SELECT id, 'handed_back', epoch FROM handed_back
                ), {STILL_VALID}
                SELECT {COLUMNS} FROM handed_back
                """,  # noqa: S608
                limit=limit,
            ),
        )
