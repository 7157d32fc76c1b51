"""Who has the word in a conversation: the bot, or a person for as long as their time runs."""

from datetime import timedelta
from uuid import UUID

from remanso.store.conversations import COLUMNS, Conversation
from remanso.store.rows import Repository, many

HANDED_BACK = """handed_back AS (
    UPDATE conversations c
    SET mode = 'bot', epoch = c.epoch + 1, human_until = NULL,
        handoff_reason = CASE WHEN due.cause = 'nobody' THEN c.handoff_reason END,
        nobody_came_at = CASE WHEN due.cause = 'nobody' THEN now() END,
        burst_opened_at = CASE WHEN c.due_at IS NOT NULL THEN now() END,
        due_at = CASE WHEN c.due_at IS NOT NULL THEN greatest(c.due_at, now()) END
    FROM due WHERE c.id = due.id RETURNING c.*, due.cause, due.who
), told AS (
    INSERT INTO conversation_events (conversation_id, kind, epoch, cause, who)
    SELECT id, 'handed_back', epoch, cause, who FROM handed_back
), still_valid AS (
    UPDATE deliveries d SET epoch = d.epoch + 1 FROM due
    WHERE d.conversation_id = due.id AND d.epoch = due.epoch AND due.handoff_reason IS NOT NULL
      AND d.state IN ('pending', 'held', 'sending', 'unknown')
)"""
"""Gives the conversations `due` (id, epoch, handoff_reason, cause, who) back to the bot, as parts of one statement.

What was written meanwhile and nobody has answered is a burst of the bot's from this moment on, and sealed as any other.
Where nobody had taken the conversation, what the bot had said before goes along into the new epoch: nobody has said
anything else.
"""


class Takeovers(Repository):
    async def hand_off(self, conversation_id: UUID, reason: str, hold: timedelta) -> None:
        """The bot asks for a person. The epoch stays: what the bot said on its way out is still delivered."""
        await self._run(
            """
            UPDATE conversations SET mode = 'human', handoff_reason = :reason, human_until = now() + :hold,
                nobody_came_at = NULL, feedback_due_at = NULL
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
                    handoff_reason = NULL, nobody_came_at = NULL, feedback_due_at = NULL
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

    async def was_seen_to(self, conversation_id: UUID) -> bool:
        """Somebody of the team has seen that nobody came: the mark goes. False where there is none."""
        result = await self._run(
            """
            UPDATE conversations SET handoff_reason = NULL, nobody_came_at = NULL
            WHERE id = :id AND mode = 'bot' AND handoff_reason IS NOT NULL
            """,
            id=conversation_id,
        )
        return result.rowcount == 1

    async def end_expired(self, limit: int) -> list[Conversation]:
        """Hands conversations back to the bot whose time is up: their person's, or that in which nobody came.

        The latter stay marked, by their `handoff_reason`, until somebody of the team sees to them.
        """
        return many(
            Conversation,
            await self._run(
                f"""
                WITH due AS (
                    SELECT id, epoch, handoff_reason,
                        CASE WHEN handoff_reason IS NULL THEN 'time' ELSE 'nobody' END AS cause,
                        (SELECT who FROM holds h WHERE h.conversation_id = c.id AND h.epoch = c.epoch
                            AND c.handoff_reason IS NULL) AS who
                    FROM conversations c WHERE human_until <= now()
                    LIMIT :limit FOR UPDATE SKIP LOCKED
                ), {HANDED_BACK}
                SELECT {COLUMNS} FROM handed_back
                """,  # noqa: S608
                limit=limit,
            ),
        )
