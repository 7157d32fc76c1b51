"""Running the tools that a step asked for, so that a crash anywhere repeats no effect.

Each call is marked as started before its tool runs and settled with its result afterwards, in transactions of their
own. Read tools of one step run side by side; a write tool runs alone, in the model's order.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import structlog

from remanso.errors import BadInput, LeaseLost, TakenOver, Unavailable
from remanso.model.turn import CallState, Effect
from remanso.plugin.tools import Tool, ToolResult
from remanso.store.steps import ToolCall
from remanso.store.turns import check_epoch
from services.agent import metrics
from services.agent.assignment import Assignment
from services.agent.commit import holding, queue_text
from services.agent.contexts import tool_context
from services.agent.guest import within
from services.agent.results import bounded, failure, may_retry, repeated, storable
from services.agent.scene import Scene

MOST_AT_ONCE = 4

UNKNOWN_OUTCOME = (
    "Nobody knows whether this took effect. Do not run it again and do not say that it worked: tell the person that "
    "it is being checked."
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Settled:
    """How a call ended. `outcome` is what is counted."""

    content: str
    outcome: str
    state: CallState = CallState.DONE
    verbatim: str | None = None


@dataclass
class Calls:
    """The tool calls of one turn, being run by one agent."""

    assignment: Assignment
    scene: Scene
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))
    _answered: list[ToolCall] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._answered.extend(call for call in self.scene.own_calls if call.result is not None)

    async def run(self, calls: Sequence[ToolCall]) -> None:
        """Settles every one of `calls`. Raises LeaseLost, TakenOver or Unavailable; what is settled stays settled."""
        for together in in_runs(calls):
            try:
                async with asyncio.TaskGroup() as group:
                    for call in together:
                        group.create_task(self._settle(call))
            except BaseExceptionGroup as problems:
                raise problems.exceptions[0] from None

    async def _settle(self, call: ToolCall) -> None:
        async with self._slots:
            settled = self._without_running(call) or await self._run(call)
            self._answered.append(await self._store(call, settled))
        metrics.CALLS.labels(self.assignment.client.name, self._label(call), settled.outcome).inc()

    def _without_running(self, call: ToolCall) -> Settled | None:
        """The end of a call whose tool must not run (any more)."""
        tool = self.assignment.tools.get(call.name)
        if call.state == CallState.STARTED and not (tool.repeatable if tool else call.effect == Effect.READ):
            log.warning("tool.outcome_unknown", tool=self._label(call), call_id=call.call_id)
            return Settled(failure("outcome_unknown", UNKNOWN_OUTCOME), "unknown", CallState.UNKNOWN)
        if tool is None:
            known = ", ".join(self.assignment.tools)
            return Settled(failure("unknown_tool", f"There is no such tool. There are: {known}"), "unknown_tool")
        earlier = self._same_before(call)
        if earlier is not None:
            return Settled(repeated(earlier), "repeated")
        if self.scene.own_calls.index(call) >= self.assignment.client.config.limits.calls:
            return Settled(failure("limit", "No more tools in this turn: answer with what you know."), "limit")
        return None

    def _same_before(self, call: ToolCall) -> str | None:
        """The result of an earlier call that asked the same, unless that one may be tried again."""
        for earlier in self._answered:
            same = earlier.name == call.name and _canonical(earlier.arguments) == _canonical(call.arguments)
            if same and earlier.result is not None and not may_retry(earlier.result):
                return earlier.result
        return None

    async def _run(self, call: ToolCall) -> Settled:
        tool = self.assignment.tools[call.name]
        try:
            arguments = tool.parse(call.arguments)
        except BadInput as problem:
            return Settled(failure("bad_arguments", str(problem), retryable=True), "bad_arguments")
        await self._start(call)
        with metrics.CALL_SECONDS.labels(self.assignment.client.name, tool.name).time():
            return await self._perform(tool, call, arguments)

    async def _perform(self, tool: Tool, call: ToolCall, arguments: dict[str, object]) -> Settled:
        try:
            ctx = tool_context(self.assignment, self.scene, call)
            result: ToolResult = await within(tool.timeout, tool.run(ctx, arguments))
        except TimeoutError:
            if not tool.repeatable:
                log.warning("tool.outcome_unknown", tool=tool.name, call_id=call.call_id)
                return Settled(failure("timeout", UNKNOWN_OUTCOME), "unknown", CallState.UNKNOWN)
            return Settled(failure("timeout", f"No result within {tool.timeout:g} s.", retryable=True), "timeout")
        except (LeaseLost, TakenOver, Unavailable):
            raise
        except Exception as problem:  # a client's code may fail in any way
            log.warning("tool.failed", tool=tool.name, error=type(problem).__name__)
            return Settled(failure("failed", "The tool failed.", retryable=tool.repeatable), "failed")
        return Settled(bounded(result.content), "done", verbatim=result.verbatim)

    async def _start(self, call: ToolCall) -> None:
        """Written down before the tool runs. No tool starts once a person has taken over."""
        async with self.assignment.store.transaction() as tx:
            turn = await tx.turns.hold(self.assignment.turn)
            conversation = await tx.conversations.get(turn.conversation_id)
            if conversation is not None:
                check_epoch(turn, conversation)
            await tx.steps.start_call(turn, call.call_id)

    async def _store(self, call: ToolCall, settled: Settled) -> ToolCall:
        """The result, and with it, at once, the text that goes to the contact as it is."""
        if settled.verbatim:
            async with holding(self.assignment) as held:
                await queue_text(held, storable(settled.verbatim))
                return await held.tx.steps.finish_call(held.turn, call.call_id, settled.state, settled.content)
        async with self.assignment.store.transaction() as tx:
            turn = await tx.turns.hold(self.assignment.turn)
            return await tx.steps.finish_call(turn, call.call_id, settled.state, settled.content)

    def _label(self, call: ToolCall) -> str:
        """A name for metrics and logs: models invent names, and those are no labels."""
        return call.name if call.name in self.assignment.tools else "unknown"


def in_runs(calls: Iterable[ToolCall]) -> Iterator[list[ToolCall]]:
    """The calls in order, neighbouring read calls together, every write call alone."""
    for effect, group in groupby(calls, lambda call: call.effect):
        if effect == Effect.READ:
            yield list(group)
        else:
            yield from ([call] for call in group)


def _canonical(arguments: str) -> str:
    """The same text for arguments that mean the same."""
    try:
        return json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    except ValueError:
        return arguments
