"""Where turns are taken and ended: claim, work under the lease, and one way out for every way it can go."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from remanso import events
from remanso.bus import Publisher
from remanso.errors import LeaseLost, RemansoError, StoreUnavailable, TakenOver
from remanso.plugin.registry import Registry
from remanso.store import Store
from remanso.store.turns import Turn
from services.agent import commit, metrics, traced
from services.agent.asking import Model, ModelRefused, ModelUnavailable
from services.agent.assignment import Assignment
from services.agent.credit import CreditInUse, CreditSpent
from services.agent.hooks import look_at_handoff
from services.agent.lease import under_lease
from services.agent.loop import Ending, work_through
from services.agent.media.senses import Senses
from services.agent.presence import Presence

FIRST_DELAY, LONGEST_DELAY = 1.0, 15.0  # seconds until a turn is tried again after the model was unavailable
LONGEST_ASKED = 900.0  # seconds; a hint for tomorrow is not believed
MOST_BUGS = 8
"""Bugs of ours after which a turn is given up at the next; how often the model was away meanwhile does not count."""
NO_CREDIT = "no_credit"
WITHOUT_CLIENT = timedelta(seconds=15)

log = structlog.get_logger()


@dataclass(frozen=True)
class Desk:
    """`holder` names this process in the rows it holds."""

    store: Store
    publisher: Publisher
    registry: Registry
    model: Model
    holder: str
    ttl: timedelta
    senses: Senses | None = None
    presence: Presence | None = None
    """None: contacts are shown neither that they were read nor that somebody writes."""

    async def take(self, turn_id: UUID) -> None:
        """Works on a turn if it can be had; returns at once if somebody else holds it or it is closed."""
        async with self.store.transaction() as tx:
            turn = await tx.turns.claim(turn_id, self.holder, self.ttl)
        if turn is None:
            return
        ids = {"turn_id": str(turn.id), "conversation_id": str(turn.conversation_id), "client": turn.client}
        with structlog.contextvars.bound_contextvars(**ids, attempt=turn.attempt), traced.attempt(turn):
            await self._attend(turn)

    async def _attend(self, turn: Turn) -> None:
        client = self.registry.clients.get(turn.client)
        if client is None:
            log.error("turn.client_not_loaded")
            await self._postpone(turn, WITHOUT_CLIENT, "client not loaded")
            return
        if turn.attempt > turn.failures + 1:
            metrics.RESUMES.labels(client.name).inc()
        assignment = Assignment(turn, client, self.store, self.publisher, self.model, self.senses)
        with metrics.TURN_SECONDS.labels(client.name).time():
            outcome = await self._outcome(assignment)
        metrics.TURNS.labels(client.name, outcome).inc()
        try:
            if outcome in (Ending.ANSWERED, Ending.FAILED, NO_CREDIT):
                await look_at_handoff(assignment)
        finally:
            await self._tell(assignment, outcome)

    async def _outcome(self, assignment: Assignment) -> str:
        """How the work on the turn ended. Whatever happened, the turn is closed, free again, or somebody else's."""
        turn = assignment.turn
        try:
            return await under_lease(self.store, turn, self.ttl, self._work(assignment))
        except LeaseLost:
            metrics.LEASE_LOSSES.labels(turn.client).inc()
            return "lease_lost"
        except TakenOver:
            return await self._cancel(assignment)
        except ModelUnavailable as problem:
            return await self._wait_for_model(assignment, problem)
        except CreditInUse:
            await self._postpone(turn, retry_delay(turn.failures), "credit reserved by other calls")
            return "postponed"
        except CreditSpent as spent:
            return await self._end_without_credit(assignment, spent.exhaustion)
        except ModelRefused as refusal:
            return await self._fail(assignment, f"model refused: {refusal.code}")
        except StoreUnavailable as problem:
            log.warning("turn.store_unavailable", error=str(problem))
            await self._release(turn)
            return "store_unavailable"
        except asyncio.CancelledError:
            await self._release(turn)
            raise
        except Exception as problem:
            log.exception("turn.broke")
            return await self._after_bug(assignment, type(problem).__name__)

    async def _work(self, assignment: Assignment) -> Ending:
        if self.presence is None:
            return await work_through(assignment)
        async with self.presence.shown(assignment):
            return await work_through(assignment)

    async def _wait_for_model(self, assignment: Assignment, problem: ModelUnavailable) -> str:
        """The turn stays open and is tried again; the sender tells the contact, once per outage."""
        turn, delay = assignment.turn, retry_delay(assignment.turn.failures, problem.retry_after)
        log.warning("turn.postponed", reason=problem.reason, seconds=delay.total_seconds())
        await self._postpone(turn, delay, problem.reason)
        await assignment.announce(events.ModelUnavailable(turn_id=turn.id, reason=problem.reason))
        return "postponed"

    async def _after_bug(self, assignment: Assignment, error: str) -> str:
        turn, reason = assignment.turn, f"internal error: {error}"
        if turn.bugs >= MOST_BUGS:
            return await self._fail(assignment, reason)
        await self._postpone(turn, retry_delay(turn.failures), reason, bug=True)
        return "broke"

    async def _fail(self, assignment: Assignment, reason: str) -> str:
        try:
            await commit.fail(assignment, reason)
        except TakenOver:
            return await self._cancel(assignment)
        except LeaseLost:
            return "lease_lost"
        log.error("turn.failed", reason=reason)
        return "failed"

    async def _end_without_credit(self, assignment: Assignment, exhaustion: UUID) -> str:
        try:
            await commit.end_without_credit(assignment, exhaustion)
        except TakenOver:
            return await self._cancel(assignment)
        except LeaseLost:
            return "lease_lost"
        return NO_CREDIT

    async def _cancel(self, assignment: Assignment) -> str:
        try:
            await commit.cancel(assignment)
        except LeaseLost:
            log.info("turn.cancelled_elsewhere")
        return "taken_over"

    async def _postpone(self, turn: Turn, delay: timedelta, reason: str, *, bug: bool = False) -> None:
        async with self.store.transaction() as tx:
            await tx.turns.postpone(turn, delay, reason, bug=bug)
            await tx.credit.release_all(turn, reason)

    async def _release(self, turn: Turn) -> None:
        """We are stopping: another agent may go on at once. If this fails, the lease runs out by itself."""
        try:
            async with self.store.transaction() as tx:
                await tx.turns.release(turn)
        except RemansoError as problem:
            log.warning("turn.not_released", error=str(problem))

    async def _tell(self, assignment: Assignment, outcome: str) -> None:
        """One line for each piece of work, without a word of what was said.

        Without its figures where PostgreSQL has gone meanwhile: what was committed is told all the same.
        """
        told: dict[str, Any] = {}
        try:
            told = await self._figures(assignment.turn, outcome)
        except StoreUnavailable as problem:
            log.warning("turn.figures_not_read", error=str(problem))
        log.info("turn.worked", outcome=outcome, seconds=round(assignment.seconds, 3), **told)
        traced.worked(assignment, outcome, told.get("steps", 0), told.get("calls", 0), told.get("cost_usd", 0.0))

    async def _figures(self, turn: Turn, outcome: str) -> dict[str, Any]:
        """What the turn took until now, from its rows."""
        async with self.store.transaction() as tx:
            steps = await tx.steps.of_turn(turn.id)
            calls = await tx.steps.calls_of([turn.id])
            files = await tx.media.of_turns([turn.id])
        if outcome in (Ending.ANSWERED, Ending.FAILED):
            metrics.TURN_STEPS.labels(turn.client).observe(len(steps))
            metrics.TURN_CALLS.labels(turn.client).observe(len(calls))
        return {
            "steps": len(steps),
            "calls": len(calls),
            "files": len(files),
            "input_tokens": sum(step.input_tokens for step in steps),
            "output_tokens": sum(step.output_tokens for step in steps),
            "cost_usd": float(sum(step.cost_usd or 0 for step in steps) + sum(file.cost_usd or 0 for file in files)),
        }


def retry_delay(failures: int, asked: float | None = None) -> timedelta:
    """1 s, doubled with each failure up to 15 s, or as long as the provider or an open circuit asks for."""
    own = min(FIRST_DELAY * 2 ** min(failures, 10), LONGEST_DELAY)
    return timedelta(seconds=max(own, min(asked or 0.0, LONGEST_ASKED)))
