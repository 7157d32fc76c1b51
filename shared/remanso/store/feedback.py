"""Feedback: what contacts say to the question how it went. Read and written under the conversation's lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remanso.store.conversations import Conversation
from remanso.store.rows import Repository, many, one


@dataclass(frozen=True)
class Question:
    """One question and what came of it. `answer` is `yes`, `no` or None; `reason` the contact's own words."""

    id: UUID
    conversation_id: UUID
    turn_id: UUID
    question_id: UUID
    """The delivery that asked."""
    asked_at: datetime
    answer: str | None
    reason: str | None


@dataclass(frozen=True)
class ReasonWanted:
    """A contact who was asked for their reason: what they write between the two times is it."""

    id: UUID
    conversation_id: UUID
    asked_at: datetime | None
    """When Meta took that question; None as long as it did not."""
    until: datetime


@dataclass(frozen=True)
class Tally:
    """How often a client's contacts were asked, and what they said."""

    asked: int
    yes: int
    no: int
    reasons: int


_COLUMNS = "id, conversation_id, turn_id, question_id, asked_at, answer, reason"

_WENT_OUT = "(d.state <> 'cancelled' OR d.attempts > 0)"
"""A question that was cancelled before anybody tried to send it was never asked."""


class Feedback(Repository):
    async def occasion(self, conversation_id: UUID, period: timedelta) -> UUID | None:
        """The turn after which this locked conversation may be asked now: its last one, answered, nobody handed off.

        None when there is none, when the contact has written since, or when they were asked within `period`.
        """
        result = await self._run(
            f"""
            SELECT t.id FROM turns t
            WHERE t.conversation_id = :id AND t.state = 'answered' AND t.handoff_reason IS NULL
              AND t.number = (SELECT max(number) FROM turns WHERE conversation_id = :id)
              AND NOT EXISTS (
                  SELECT FROM feedback f JOIN deliveries d ON d.id = f.question_id
                  WHERE f.conversation_id = :id AND (f.turn_id = t.id
                      OR (greatest(f.asked_at, d.accepted_at) > now() - CAST(:period AS interval) AND {_WENT_OUT})))
              AND NOT EXISTS (
                  SELECT FROM messages m
                  WHERE m.conversation_id = :id AND m.author = 'contact' AND m.fate IS NULL AND m.asks)
            """,  # noqa: S608
            id=conversation_id,
            period=period,
        )
        turn: UUID | None = result.scalar_one_or_none()
        return turn

    async def ask(self, feedback_id: UUID, conversation: Conversation, turn_id: UUID, question_id: UUID) -> None:
        """Writes down that the delivery `question_id` asks. A turn is asked about once: that is a unique index."""
        await self._run(
            """
            INSERT INTO feedback (id, client, conversation_id, turn_id, question_id)
            VALUES (:id, :client, :conversation, :turn, :question)
            """,
            id=feedback_id,
            client=conversation.client,
            conversation=conversation.id,
            turn=turn_id,
            question=question_id,
        )

    async def find(self, feedback_id: UUID, conversation_id: UUID) -> Question | None:
        """The question of this conversation that a tapped button names."""
        return one(
            Question,
            await self._run(
                f"SELECT {_COLUMNS} FROM feedback WHERE id = :id AND conversation_id = :conversation",  # noqa: S608
                id=feedback_id,
                conversation=conversation_id,
            ),
        )

    async def answer(self, feedback_id: UUID, answer: str) -> bool:
        """The first tap stands. False when there was one."""
        result = await self._run(
            "UPDATE feedback SET answer = :answer, answered_at = now() WHERE id = :id AND answer IS NULL",
            id=feedback_id,
            answer=answer,
        )
        return result.rowcount == 1

    async def want_reason(self, feedback_id: UUID, follow_up_id: UUID, limit: timedelta) -> None:
        """The delivery `follow_up_id` asks for the reason; the contact has so long to tell it."""
        await self._run(
            "UPDATE feedback SET follow_up_id = :delivery, reason_until = now() + :limit WHERE id = :id",
            id=feedback_id,
            delivery=follow_up_id,
            limit=limit,
        )

    async def reasons_wanted(self, conversation_ids: Collection[UUID]) -> dict[UUID, ReasonWanted]:
        """The newest of each of these conversations, of those that wait for one."""
        found = many(
            ReasonWanted,
            await self._run(
                """
                SELECT DISTINCT ON (f.conversation_id) f.id, f.conversation_id, d.accepted_at AS asked_at,
                    f.reason_until AS until
                FROM feedback f JOIN deliveries d ON d.id = f.follow_up_id
                WHERE f.conversation_id = ANY(:ids) AND f.reason_until IS NOT NULL
                ORDER BY f.conversation_id, f.asked_at DESC
                """,
                ids=list(conversation_ids),
            ),
        )
        return {wanted.conversation_id: wanted for wanted in found}

    async def give_reason(self, feedback_id: UUID, reason: str) -> None:
        await self._run(
            "UPDATE feedback SET reason = :reason, reason_at = now(), reason_until = NULL WHERE id = :id",
            id=feedback_id,
            reason=reason,
        )

    async def stop_wanting_reasons(self, conversation_ids: Collection[UUID]) -> None:
        """The contacts went on with something else: what they write later is no reason any more."""
        await self._run(
            "UPDATE feedback SET reason_until = NULL WHERE conversation_id = ANY(:ids) AND reason_until IS NOT NULL",
            ids=list(conversation_ids),
        )

    async def take_untold(self, clients: Collection[str], limit: int) -> list[Question]:
        """Answers of the last week that these clients' hooks were not shown, each given once, whoever asks.

        A No is taken when its reason is there, or is not waited for any more.
        """
        return many(
            Question,
            await self._run(
                f"""
                UPDATE feedback SET told_at = now() WHERE id IN (
                    SELECT id FROM feedback
                    WHERE client = ANY(:clients) AND asked_at > now() - INTERVAL '7 days' AND answer IS NOT NULL
                      AND told_at IS NULL AND (reason_until IS NULL OR reason_until <= now())
                    ORDER BY asked_at LIMIT :limit FOR UPDATE SKIP LOCKED)
                RETURNING {_COLUMNS}
                """,  # noqa: S608
                clients=list(clients),
                limit=limit,
            ),
        )

    async def of_conversation(self, conversation_id: UUID) -> list[Question]:
        return many(
            Question,
            await self._run(
                f"SELECT {_COLUMNS} FROM feedback WHERE conversation_id = :id ORDER BY asked_at, id",  # noqa: S608
                id=conversation_id,
            ),
        )

    async def tally(self, client: str, since: datetime) -> Tally:
        """Of the questions asked since then: what a console shows of a client."""
        found = one(
            Tally,
            await self._run(
                f"""
                SELECT count(*) AS asked, count(*) FILTER (WHERE f.answer = 'yes') AS yes,
                    count(*) FILTER (WHERE f.answer = 'no') AS no, count(f.reason) AS reasons
                FROM feedback f JOIN deliveries d ON d.id = f.question_id
                WHERE f.client = :client AND f.asked_at >= :since AND {_WENT_OUT}
                """,  # noqa: S608
                client=client,
                since=since,
            ),
        )
        return found or Tally(0, 0, 0, 0)
