"""Steps (model calls) and the tool calls they asked for: what makes a killed turn resume instead of repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.errors import LeaseLost
from remanso.model.turn import CallState, Effect
from remanso.store.rows import Repository, many, one
from remanso.store.turns import Turn


@dataclass(frozen=True)
class Usage:
    """What one model call used, in tokens; `cost_usd` is None when the model has no price."""

    model: str
    request_id: str | None
    finish_reason: str | None
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal | None
    price_valid_from: date | None
    seconds: float


@dataclass(frozen=True)
class Step:
    """One model call that was paid for. A discarded one is no part of the conversation.

    `reasoning` is what the model thought, readable by nobody but the API and model it came from.
    `problems` are what its draft claimed without support: such a step was rejected.
    """

    id: UUID
    number: int
    outcome: str
    finish_reason: str | None
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    reasoning: dict[str, Any] | None = None
    problems: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class RequestedCall:
    """A tool call as the model wrote it; `arguments` may be broken JSON."""

    call_id: str
    name: str
    arguments: str
    effect: Effect


@dataclass(frozen=True)
class ToolCall:
    turn_id: UUID
    call_id: str
    step_id: UUID
    ordinal: int
    name: str
    arguments: str
    effect: str
    state: str
    attempt: int | None
    result: str | None


_COLUMNS = "turn_id, call_id, step_id, ordinal, name, arguments, effect, state, attempt, result"


class Steps(Repository):
    async def add(
        self,
        turn: Turn,
        usage: Usage,
        *,
        kept: bool,
        draft: str | None = None,
        reasoning: Mapping[str, Any] | None = None,
        problems: Sequence[Mapping[str, Any]] = (),
    ) -> UUID:
        """Stores one model call. A discarded one keeps its draft for operators; its text is in no log."""
        step_id = uuid7()
        await self._run(
            """
            INSERT INTO steps (id, turn_id, number, attempt, outcome, draft, problems, model, request_id, finish_reason,
                input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd,
                price_valid_from, seconds, reasoning)
            VALUES (:id, :turn, (SELECT count(*) + 1 FROM steps WHERE turn_id = :turn), :attempt, :outcome, :draft,
                :problems, :model, :request_id, :finish_reason, :input_tokens, :cached_tokens, :cache_write_tokens,
                :output_tokens, :reasoning_tokens, :cost_usd, :price_valid_from, :seconds,
                NULLIF(CAST(:reasoning AS jsonb), 'null'))
            """,
            json=("problems", "reasoning"),
            id=step_id,
            turn=turn.id,
            attempt=turn.attempt,
            outcome="kept" if kept else "discarded",
            draft=draft,
            reasoning=reasoning,
            problems=list(problems),
            **vars(usage),
        )
        return step_id

    async def of_turn(self, turn_id: UUID) -> list[Step]:
        """The model calls of a turn in their order, discarded ones included."""
        return many(
            Step,
            await self._run(
                """
                SELECT id, number, outcome, finish_reason, input_tokens, output_tokens, cost_usd, reasoning, problems
                FROM steps WHERE turn_id = :turn ORDER BY number
                """,
                turn=turn_id,
            ),
        )

    async def add_calls(self, turn: Turn, step_id: UUID, calls: Sequence[RequestedCall]) -> None:
        """Stores the calls of one step, in the model's order, before any of them runs."""
        await self._run_many(
            """
            INSERT INTO tool_calls (turn_id, call_id, step_id, ordinal, name, arguments, effect)
            VALUES (:turn, :call_id, :step, :ordinal, :name, :arguments, :effect)
            """,
            [{"turn": turn.id, "step": step_id, "ordinal": ordinal} | vars(call) for ordinal, call in enumerate(calls)],
        )

    async def calls_of(self, turn_ids: Sequence[UUID]) -> list[ToolCall]:
        """The tool calls of these turns, in the order in which the model asked."""
        return many(
            ToolCall,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM tool_calls
                JOIN (SELECT id, number FROM steps WHERE turn_id = ANY(:turns)) step ON step.id = step_id
                WHERE turn_id = ANY(:turns) ORDER BY turn_id, step.number, ordinal
                """,  # noqa: S608
                turns=list(turn_ids),
            ),
        )

    async def start_call(self, turn: Turn, call_id: str) -> ToolCall:
        """Writes down that a tool is about to run. The caller holds the turn."""
        return await self._move(turn, call_id, CallState.STARTED, "started_at = now()")

    async def finish_call(self, turn: Turn, call_id: str, state: CallState, result: str) -> ToolCall:
        """Stores what a tool gave, or that nobody knows. The caller holds the turn."""
        return await self._move(turn, call_id, state, "finished_at = now(), result = :result", result=result)

    async def _move(self, turn: Turn, call_id: str, state: CallState, also: str, **values: str) -> ToolCall:
        moved = one(
            ToolCall,
            await self._run(
                f"""
                UPDATE tool_calls SET state = :state, attempt = :attempt, {also}
                WHERE turn_id = :turn AND call_id = :call_id AND state IN ('pending', 'started')
                RETURNING {_COLUMNS}
                """,  # noqa: S608
                turn=turn.id,
                call_id=call_id,
                state=state,
                attempt=turn.attempt,
                **values,
            ),
        )
        if moved is None:
            raise LeaseLost(f"tool call of turn {turn.id} is settled already")
        return moved
