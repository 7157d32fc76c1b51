"""Bursts: what waits for an answer is numbered, and sealed into a turn or absorbed by the open one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.conversations import Conversation
from remanso.store.rows import Repository
from remanso.store.turns import Turn


class Bursts(Repository):
    async def seal(self, conversations: Sequence[Conversation]) -> dict[UUID, UUID]:
        """Seals the waiting messages of these locked conversations; gives the turn made for each, {conversation: turn}.

        All of them are the bot's. Where nothing that waits asks for an answer, it goes on waiting and no turn is made.
        """
        asking = await self._with_something_to_answer(conversations)
        turns = await self._open(asking)
        lost = {conversation.id for conversation in asking} - turns.keys()
        await self._number([c for c in conversations if c.id not in lost], turns)
        return turns

    async def _with_something_to_answer(self, conversations: Sequence[Conversation]) -> list[Conversation]:
        result = await self._run(
            """
            SELECT DISTINCT conversation_id FROM messages
            WHERE conversation_id = ANY(:ids) AND author = 'contact' AND fate IS NULL AND revoked_at IS NULL AND asks
            """,
            ids=[conversation.id for conversation in conversations],
        )
        asking = set(result.scalars())
        return [conversation for conversation in conversations if conversation.id in asking]

    async def _open(self, conversations: Sequence[Conversation]) -> dict[UUID, UUID]:
        """A turn for each; none where another process opened one since the rows were read."""
        result = await self._run(
            """
            INSERT INTO turns (id, conversation_id, client, number, epoch, opened_at, nobody_came)
            SELECT new.id, c.id, c.client, c.next_turn, c.epoch, coalesce(c.burst_opened_at, now()),
                c.nobody_came_at IS NOT NULL AND NOT EXISTS (
                    SELECT FROM turns t WHERE t.conversation_id = c.id AND t.sealed_at >= c.nobody_came_at)
            FROM unnest(CAST(:turns AS uuid[]), CAST(:conversations AS uuid[])) AS new(id, conversation_id)
            JOIN conversations c ON c.id = new.conversation_id
            ON CONFLICT (conversation_id) WHERE state = 'open' DO NOTHING
            RETURNING conversation_id, id
            """,
            turns=[uuid7() for _ in conversations],
            conversations=[conversation.id for conversation in conversations],
        )
        return {row[0]: row[1] for row in result}

    async def _number(self, conversations: Sequence[Conversation], turns: dict[UUID, UUID]) -> None:
        await self._run(
            """
            WITH sealed AS (
                SELECT * FROM unnest(CAST(:conversations AS uuid[]), CAST(:turns AS uuid[]))
                    AS s(conversation_id, turn_id)
            ), waiting AS (
                SELECT m.id, m.conversation_id, s.turn_id, row_number() OVER (
                    PARTITION BY m.conversation_id ORDER BY m.sent_at, m.received_at, m.payload_index, m.id) AS place
                FROM messages m JOIN sealed s ON s.conversation_id = m.conversation_id
                WHERE m.author = 'contact' AND m.fate IS NULL
            ), numbered AS (
                UPDATE messages m
                SET position = c.next_position + w.place - 1, turn_id = w.turn_id, fate = 'turn'
                FROM waiting w JOIN conversations c ON c.id = w.conversation_id
                WHERE m.id = w.id AND w.turn_id IS NOT NULL
                RETURNING m.conversation_id
            ), counted AS (SELECT conversation_id, count(*) AS n FROM numbered GROUP BY conversation_id)
            UPDATE conversations c
            SET due_at = NULL, burst_opened_at = NULL, next_position = c.next_position + coalesce(counted.n, 0),
                next_turn = c.next_turn + CASE WHEN s.turn_id IS NULL THEN 0 ELSE 1 END
            FROM sealed s LEFT JOIN counted ON counted.conversation_id = s.conversation_id
            WHERE c.id = s.conversation_id
            """,
            conversations=[conversation.id for conversation in conversations],
            turns=[turns.get(conversation.id) for conversation in conversations],
        )

    async def number_for_person(self, conversation_id: UUID, until: datetime | None = None) -> None:
        """Numbers what waits in a locked conversation and was sent by then: a person has read it, and answered.

        What was sent later, by `until`, waits on: for their next word or, when it is handed back, for the bot.
        """
        await self._run(
            """
            WITH waiting AS (
                SELECT id, row_number() OVER (ORDER BY sent_at, received_at, payload_index, id) AS place
                FROM messages
                WHERE conversation_id = :id AND author = 'contact' AND fate IS NULL
                  AND sent_at <= coalesce(CAST(:until AS timestamptz), 'infinity')
            ), numbered AS (
                UPDATE messages m SET position = c.next_position + w.place - 1, fate = 'human'
                FROM waiting w, conversations c WHERE m.id = w.id AND c.id = :id RETURNING m.id
            ), later AS (
                SELECT FROM messages WHERE conversation_id = :id AND author = 'contact' AND fate IS NULL
                  AND sent_at > CAST(:until AS timestamptz) AND asks
            )
            UPDATE conversations SET next_position = next_position + (SELECT count(*) FROM numbered),
                due_at = CASE WHEN EXISTS (SELECT FROM later) THEN due_at END,
                burst_opened_at = CASE WHEN EXISTS (SELECT FROM later) THEN burst_opened_at END
            WHERE id = :id
            """,
            id=conversation_id,
            until=until,
        )

    async def waits_before(self, turn_ids: Collection[UUID]) -> dict[UUID, tuple[int, float]]:
        """(messages, seconds) of turns sealed in this transaction: how long their last message was waited behind.

        What waited behind an earlier turn is counted from that turn's end, and what waited for a person from the moment
        at which the bot got it.
        """
        result = await self._run(
            """
            SELECT t.id, count(*),
                extract(epoch FROM now() - greatest(
                    max(m.created_at), max(before.closed_at), max(back.created_at)))::float8
            FROM turns t JOIN messages m ON m.turn_id = t.id
            LEFT JOIN conversation_events back ON back.conversation_id = t.conversation_id AND back.epoch = t.epoch
            LEFT JOIN turns before ON before.conversation_id = t.conversation_id AND before.number = t.number - 1
            WHERE t.id = ANY(:ids) GROUP BY t.id
            """,
            ids=list(turn_ids),
        )
        return {row[0]: (row[1], max(row[2], 0.0)) for row in result}

    async def absorb(self, turn: Turn) -> list[str | None]:
        """Takes the messages that arrived meanwhile into an open turn whose conversation is locked.

        Gives the trace in which each of them came in.
        """
        result = await self._run(
            """
            WITH waiting AS (
                SELECT id, row_number() OVER (ORDER BY sent_at, received_at, payload_index, id) AS place
                FROM messages WHERE conversation_id = :conversation AND author = 'contact' AND fate IS NULL
            )
            UPDATE messages m SET position = c.next_position + w.place - 1, turn_id = :turn, fate = 'turn'
            FROM waiting w, conversations c WHERE m.id = w.id AND c.id = :conversation
            RETURNING m.traceparent
            """,
            conversation=turn.conversation_id,
            turn=turn.id,
        )
        absorbed = list(result.scalars())
        await self._run(
            """
            UPDATE conversations SET next_position = next_position + :n, due_at = NULL, burst_opened_at = NULL
            WHERE id = :conversation
            """,
            conversation=turn.conversation_id,
            n=len(absorbed),
        )
        await self._run("UPDATE turns SET absorptions = absorptions + 1 WHERE id = :turn", turn=turn.id)
        return absorbed

    async def asking_meanwhile(self, conversation_id: UUID) -> bool:
        """Whether messages that want an answer wait behind the open turn."""
        result = await self._run(
            """
            SELECT EXISTS (SELECT FROM messages WHERE conversation_id = :id AND author = 'contact' AND fate IS NULL
                AND revoked_at IS NULL AND asks)
            """,
            id=conversation_id,
        )
        return bool(result.scalar_one())
