"""Turns: the leases on them, and their end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remanso.errors import LeaseLost, TakenOver
from remanso.model.turn import TurnState
from remanso.store.conversations import Conversation
from remanso.store.rows import Repository, many, one


@dataclass(frozen=True)
class Turn:
    """`attempt` is the fencing token of whoever claimed it last; `bugs` are those `failures` that were ours."""

    id: UUID
    conversation_id: UUID
    client: str
    number: int
    state: str
    epoch: int
    attempt: int
    failures: int
    absorptions: int
    opened_at: datetime
    sealed_at: datetime
    closed_at: datetime | None
    reason: str | None
    handoff_reason: str | None
    traceparent: str | None = None
    bugs: int = 0
    nobody_came: bool = False
    """Whether it is the first since a person was asked for and nobody came."""


_COLUMNS = """id, conversation_id, client, number, state, epoch, attempt, failures, bugs, absorptions, opened_at,
    sealed_at, closed_at, reason, handoff_reason, traceparent, nobody_came"""

_OF_TURN = ", ".join(f"t.{name.strip()}" for name in _COLUMNS.split(","))

_FREE = "state = 'open' AND (lease_until IS NULL OR lease_until <= now()) AND (retry_at IS NULL OR retry_at <= now())"


class Turns(Repository):
    async def open_among(self, conversation_ids: Collection[UUID]) -> set[UUID]:
        """Which of these conversations have an open turn."""
        result = await self._run(
            "SELECT conversation_id FROM turns WHERE conversation_id = ANY(:ids) AND state = 'open'",
            ids=list(conversation_ids),
        )
        return set(result.scalars())

    async def recent(self, conversation_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
        """How many turns each conversation had in the last hour and in the last day; none where it had none."""
        result = await self._run(
            """
            SELECT conversation_id, count(*) FILTER (WHERE sealed_at > now() - interval '1 hour'), count(*)
            FROM turns WHERE conversation_id = ANY(:ids) AND sealed_at > now() - interval '1 day'
            GROUP BY conversation_id
            """,
            ids=list(conversation_ids),
        )
        return {row[0]: (row[1], row[2]) for row in result}

    async def claim(self, turn_id: UUID, holder: str, ttl: timedelta) -> Turn | None:
        """The lease on a free open turn, or None at once. `Turn.attempt` is the fencing token."""
        return one(
            Turn,
            await self._run(
                f"""
                UPDATE turns SET attempt = attempt + 1, lease_until = now() + :ttl, holder = :holder, retry_at = NULL
                WHERE id = (SELECT id FROM turns WHERE id = :id AND {_FREE} FOR UPDATE SKIP LOCKED)
                RETURNING {_COLUMNS}
                """,  # noqa: S608
                id=turn_id,
                holder=holder,
                ttl=ttl,
            ),
        )

    async def free(
        self, limit: int, untouched_for: timedelta, room: Mapping[str, int] | None = None
    ) -> dict[UUID, str]:
        """Open turns that nobody holds and whose wake-up must have been lost, the oldest first: {turn: client}.

        With `room` only turns of these clients, and of each at most so many: turns that nobody here can answer, or may
        answer yet, would otherwise come first for ever.
        """
        result = await self._run(
            f"""
            SELECT id, client FROM (
                SELECT id, client, sealed_at, row_number() OVER (PARTITION BY client ORDER BY sealed_at, id) AS place
                FROM turns WHERE {_FREE} AND (attempt > 0 OR sealed_at <= now() - CAST(:grace AS interval))
            ) AS waiting
            LEFT JOIN unnest(CAST(:clients AS text[]), CAST(:rooms AS int[])) AS room(client, places) USING (client)
            WHERE CAST(:clients AS text[]) IS NULL OR place <= places
            ORDER BY sealed_at, id LIMIT :limit
            """,  # noqa: S608
            clients=None if room is None else list(room),
            rooms=None if room is None else list(room.values()),
            limit=limit,
            grace=untouched_for,
        )
        return {row[0]: row[1] for row in result}

    async def renew(self, turn: Turn, ttl: timedelta) -> None:
        """Keeps the lease alive. Raises LeaseLost when the token is not the newest or the turn is closed."""
        result = await self._run(
            """
            UPDATE turns SET lease_until = now() + :ttl WHERE id = :id AND attempt = :attempt AND state = 'open'
            """,
            id=turn.id,
            attempt=turn.attempt,
            ttl=ttl,
        )
        if result.rowcount == 0:
            raise LeaseLost(f"turn {turn.id} attempt {turn.attempt}")

    async def hold(self, turn: Turn) -> Turn:
        """Locks the turn and gives it as it is now; its conversation must be locked already.

        Raises LeaseLost when the fencing token is not the newest or the turn is closed.
        """
        held = one(
            Turn,
            await self._run(
                f"SELECT {_COLUMNS} FROM turns WHERE id = :id AND attempt = :attempt AND state = 'open' FOR UPDATE",  # noqa: S608
                id=turn.id,
                attempt=turn.attempt,
            ),
        )
        if held is None:
            raise LeaseLost(f"turn {turn.id} attempt {turn.attempt}")
        return held

    async def heard_traces(self, turn_ids: Collection[UUID]) -> dict[UUID, list[str | None]]:
        """The traces in which each turn's messages came in, in their order."""
        result = await self._run(
            """
            SELECT turn_id, array_agg(traceparent ORDER BY position) FROM messages
            WHERE turn_id = ANY(:ids) AND author = 'contact' GROUP BY turn_id
            """,
            ids=list(turn_ids),
        )
        return {row[0]: row[1] for row in result}

    async def nobody_came_before(self, turn_ids: Collection[UUID]) -> set[UUID]:
        """Which of these turns were the first since a person was asked for and nobody came."""
        result = await self._run("SELECT id FROM turns WHERE id = ANY(:ids) AND nobody_came", ids=sorted(turn_ids))
        return set(result.scalars())

    async def go_on_with(self, traces: Mapping[UUID, str | None]) -> None:
        """Notes the trace that each of these turns is part of."""
        await self._run(
            """
            UPDATE turns SET traceparent = told.traceparent
            FROM unnest(CAST(:ids AS uuid[]), CAST(:traces AS text[])) AS told(id, traceparent)
            WHERE turns.id = told.id
            """,
            ids=list(traces),
            traces=list(traces.values()),
        )

    async def release(self, turn: Turn) -> None:
        """Gives the lease back, if it is still ours, so that another agent may go on at once."""
        await self._run(
            "UPDATE turns SET lease_until = NULL WHERE id = :id AND attempt = :attempt",
            id=turn.id,
            attempt=turn.attempt,
        )

    async def postpone(self, turn: Turn, delay: timedelta, reason: str, *, bug: bool = False) -> None:
        """Gives the lease back after a failure; the turn is free again after `delay`."""
        await self._run(
            """
            UPDATE turns SET lease_until = NULL, retry_at = now() + :delay, failures = failures + 1,
                   bugs = bugs + CAST(:bug AS integer), reason = :reason
            WHERE id = :id AND attempt = :attempt AND state = 'open'
            """,
            id=turn.id,
            attempt=turn.attempt,
            delay=delay,
            bug=int(bug),
            reason=reason,
        )

    async def close(self, turn: Turn, state: TurnState, reason: str | None = None) -> None:
        """Ends a turn that this transaction holds."""
        await self._run(
            """
            UPDATE turns SET state = :state, closed_at = now(), lease_until = NULL, retry_at = NULL, reason = :reason
            WHERE id = :id AND attempt = :attempt
            """,
            id=turn.id,
            attempt=turn.attempt,
            state=state,
            reason=reason,
        )

    async def cancel_open(self, conversation_id: UUID, reason: str) -> None:
        """Ends the open turn of a locked conversation, whoever holds it: a person took over.

        A burst about which the bot has said and done nothing yet waits again, as what is written from now on does.
        """
        await self._unseal(conversation_id)
        await self.end_open(conversation_id, TurnState.CANCELLED, reason)

    async def _unseal(self, conversation_id: UUID) -> None:
        """Such a burst is the end of the log, so that taking its positions back leaves no gap."""
        await self._run(
            """
            WITH untouched AS (
                SELECT t.id, t.opened_at FROM turns t
                WHERE t.conversation_id = :id AND t.state = 'open'
                  AND NOT EXISTS (SELECT FROM steps s WHERE s.turn_id = t.id AND s.outcome = 'kept')
                  AND NOT EXISTS (
                      SELECT FROM messages later WHERE later.conversation_id = :id AND later.author <> 'contact'
                        AND later.position > (SELECT min(position) FROM messages WHERE turn_id = t.id))
            ), waiting AS (
                UPDATE messages m SET fate = NULL, position = NULL, turn_id = NULL
                FROM untouched t WHERE m.turn_id = t.id RETURNING t.opened_at
            ), burst AS (SELECT count(*) AS messages, min(opened_at) AS opened_at FROM waiting)
            UPDATE conversations c SET next_position = c.next_position - burst.messages,
                due_at = coalesce(c.due_at, now()), burst_opened_at = coalesce(c.burst_opened_at, burst.opened_at)
            FROM burst WHERE c.id = :id AND burst.messages > 0
            """,
            id=conversation_id,
        )

    async def end_open(self, conversation_id: UUID, state: TurnState, reason: str) -> bool:
        """Ends the open turn of a locked conversation without an answer, whoever holds it; False when there is none."""
        result = await self._run(
            """
            UPDATE turns SET state = :state, closed_at = now(), lease_until = NULL, reason = :reason
            WHERE conversation_id = :id AND state = 'open'
            """,
            id=conversation_id,
            state=state,
            reason=reason,
        )
        return result.rowcount == 1

    async def ask_handoff(self, turn_id: UUID, reason: str) -> None:
        """Notes that a tool asked for a person; it takes effect when the turn's answer is stored."""
        await self._run(
            "UPDATE turns SET handoff_reason = coalesce(handoff_reason, :reason) WHERE id = :id",
            id=turn_id,
            reason=reason,
        )

    async def get(self, turn_id: UUID) -> Turn | None:
        return one(Turn, await self._run(f"SELECT {_COLUMNS} FROM turns WHERE id = :id", id=turn_id))  # noqa: S608

    async def of_conversation(self, conversation_id: UUID) -> list[Turn]:
        return many(
            Turn,
            await self._run(
                f"SELECT {_COLUMNS} FROM turns WHERE conversation_id = :id ORDER BY number",  # noqa: S608
                id=conversation_id,
            ),
        )

    async def too_old(self, client: str, age: timedelta, limit: int) -> list[Turn]:
        """Open turns in bot mode that were sealed longer ago than `age`.

        Their conversations are locked; those that others hold right now are passed over. A turn may have been answered
        while its conversation was being locked: `end_open` tells.
        """
        return many(
            Turn,
            await self._run(
                f"""
                SELECT {_OF_TURN} FROM turns t JOIN conversations c ON c.id = t.conversation_id
                WHERE t.state = 'open' AND t.client = :client AND t.sealed_at <= now() - CAST(:age AS interval)
                  AND c.mode = 'bot' AND c.epoch = t.epoch
                ORDER BY t.sealed_at LIMIT :limit
                FOR UPDATE OF c SKIP LOCKED
                """,  # noqa: S608
                client=client,
                age=age,
                limit=limit,
            ),
        )

    async def overdue(self, client: str, patience: timedelta, limit: int, window: timedelta) -> list[Turn]:
        """Open turns in bot mode that are older than the client's patience and whose contact was not told yet.

        Only of contacts that may be told: they wrote within `window`. Their conversations are locked; those that others
        hold right now are passed over.
        """
        return many(
            Turn,
            await self._run(
                f"""
                SELECT {_OF_TURN} FROM turns t JOIN conversations c ON c.id = t.conversation_id
                WHERE t.state = 'open' AND t.client = :client AND t.sealed_at <= now() - CAST(:patience AS interval)
                  AND c.mode = 'bot' AND c.epoch = t.epoch AND c.last_inbound_at > now() - CAST(:window AS interval)
                  AND c.shut_after IS DISTINCT FROM c.last_inbound_at
                  AND NOT EXISTS (
                      SELECT FROM deliveries d
                      WHERE d.conversation_id = t.conversation_id AND d.kind = 'fallback' AND (d.turn_id = t.id
                          OR d.outage_id = (SELECT id FROM outages WHERE client = t.client AND ended_at IS NULL)))
                ORDER BY t.sealed_at LIMIT :limit
                FOR UPDATE OF c SKIP LOCKED
                """,  # noqa: S608
                client=client,
                patience=patience,
                window=window,
                limit=limit,
            ),
        )


def check_epoch(turn: Turn, conversation: Conversation) -> None:
    """Raises TakenOver when a person took the conversation since the turn was sealed."""
    if conversation.epoch != turn.epoch:
        raise TakenOver(f"turn {turn.id} was sealed in epoch {turn.epoch}, now {conversation.epoch}")
