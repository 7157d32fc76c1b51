"""Running the tools that a step asked for, so that a crash anywhere repeats no effect.

Each call is marked as started before its tool runs and settled with its result afterwards, in transactions of their
own. Read tools of one step run side by side; a write tool runs alone, in the model's order. What calls send goes out
in the model's order too, whichever was ready first.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import structlog

from remanso.errors import BadInput, LeaseLost, TakenOver, Unavailable
from remanso.events import DeliveryReady
from remanso.model.outgoing import Outgoing
from remanso.model.turn import CallState, Effect
from remanso.plugin.tools import Tool, ToolResult
from remanso.store.steps import ToolCall
from remanso.store.turns import check_epoch
from services.agent import metrics, traced
from services.agent.assignment import Assignment
from services.agent.commit import holding
from services.agent.contexts import tool_context
from services.agent.corrections import MOST_FAILURES, NOT_GROUNDED, UNKNOWN, WORN_OUT, alike, worn_out
from services.agent.guest import within
from services.agent.outbox import send_out
from services.agent.results import bounded, failure, may_retry, repeated
from services.agent.scene import Scene
from services.agent.vetting import vet_sent

MOST_AT_ONCE = 4

UNKNOWN_OUTCOME = (
    "Nobody knows whether this took effect. Do not run it again and do not say that it worked: tell the person that "
    "it is being checked."
)

NOT_SENT = (
    "Not sent: what it says of {} stands in nothing that you were shown. Look it up with a tool, or leave it out. "
    "Nothing of what this tool sends has reached the person."
)
"""Without the words themselves: what a tool says is evidence."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Settled:
    """How a call ended. `outcome` is what is counted."""

    content: str
    outcome: str
    state: CallState = CallState.DONE
    sent: Sequence[Outgoing] = ()
    verbatim: str | None = None

    @property
    def speaks(self) -> bool:
        """Whether the contact gets something with it."""
        return bool(self.sent or self.verbatim)


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
            before: list[tuple[ToolCall, asyncio.Task[None]]] = []
            try:
                async with asyncio.TaskGroup() as group:
                    for call in together:
                        before.append((call, group.create_task(self._settle(call, tuple(before)))))
            except BaseExceptionGroup as problems:
                raise problems.exceptions[0] from None

    async def _settle(self, call: ToolCall, before: Sequence[tuple[ToolCall, asyncio.Task[None]]]) -> None:
        """Runs a call and stores its end. `before` are those that run beside it and that the model asked for first."""
        await _ended(task for earlier, task in before if alike(earlier, call))
        async with self._slots:
            settled = self._without_running(call) or await self._run(call)
        if settled.speaks:
            await _ended(task for _, task in before)
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
            return Settled(failure(UNKNOWN, f"There is no such tool. There are: {known}"), "unknown_tool")
        earlier = self._same_before(call)
        if earlier is not None:
            return Settled(repeated(earlier), "repeated")
        if self.scene.own_calls.index(call) >= self.assignment.client.config.limits.calls:
            return Settled(failure("limit", "No more tools in this turn: answer with what you know."), "limit")
        if worn_out(call.name, self._answered):
            return Settled(failure(WORN_OUT, f"It failed {MOST_FAILURES} times: answer without it."), "limit")
        return None

    def _same_before(self, call: ToolCall) -> str | None:
        """The result of an earlier call that asked the same, unless that one may be tried again."""
        for earlier in self._answered:
            if alike(earlier, call) and earlier.result is not None and not may_retry(earlier.result):
                return earlier.result
        return None

    async def _run(self, call: ToolCall) -> Settled:
        tool = self.assignment.tools[call.name]
        try:
            arguments = tool.parse(call.arguments)
        except BadInput as problem:
            return Settled(failure("bad_arguments", str(problem), retryable=True), "bad_arguments")
        await self._start(call)
        seconds = metrics.CALL_SECONDS.labels(self.assignment.client.name, tool.name)
        with seconds.time(), traced.tool(call, tool.name) as span:
            settled = await self._perform(tool, call, arguments)
            span.set({"remanso.outcome": settled.outcome})
        return settled

    async def _perform(self, tool: Tool, call: ToolCall, arguments: dict[str, object]) -> Settled:
        """The tool's own end, or how it failed; what it sent before it failed is not sent."""
        ctx = tool_context(self.assignment, self.scene, call)
        try:
            result: ToolResult = await within(tool.timeout, tool.run(ctx, arguments))
        except TimeoutError:
            if not tool.repeatable:
                log.warning("tool.outcome_unknown", tool=tool.name, call_id=call.call_id)
                return Settled(failure("timeout", UNKNOWN_OUTCOME), "unknown", CallState.UNKNOWN)
            return Settled(failure("timeout", f"No result within {tool.timeout:g} s.", retryable=True), "timeout")
        except (LeaseLost, TakenOver, Unavailable):
            raise
        except BadInput as problem:
            code = "bad_arguments" if tool.repeatable else "failed"
            return Settled(failure(code, str(problem), retryable=tool.repeatable), code)
        except Exception as problem:  # a client's code may fail in any way
            log.warning("tool.failed", tool=tool.name, error=type(problem).__name__)
            return Settled(failure("failed", "The tool failed.", retryable=tool.repeatable), "failed")
        if problems := vet_sent(self.assignment.client, self.scene, call.arguments, ctx.outbox):
            metrics.count_problems(self.assignment.client.name, problems)
            told = NOT_SENT.format(", ".join(sorted({problem.kind for problem in problems})))
            return Settled(failure(NOT_GROUNDED, told, retryable=tool.repeatable), NOT_GROUNDED)
        return Settled(bounded(result.content), "done", sent=tuple(ctx.outbox), verbatim=result.verbatim)

    async def _start(self, call: ToolCall) -> None:
        """Written down before the tool runs. No tool starts once a person has taken over."""
        async with self.assignment.store.transaction() as tx:
            turn = await tx.turns.hold(self.assignment.turn)
            conversation = await tx.conversations.get(turn.conversation_id)
            if conversation is not None:
                check_epoch(turn, conversation)
            await tx.steps.start_call(turn, call.call_id)

    async def _store(self, call: ToolCall, settled: Settled) -> ToolCall:
        """The result, and with it, in one transaction, what goes to the contact."""
        if not settled.speaks:
            async with self.assignment.store.transaction() as tx:
                turn = await tx.turns.hold(self.assignment.turn)
                return await tx.steps.finish_call(turn, call.call_id, settled.state, settled.content)
        async with holding(self.assignment) as held:
            await send_out(held, call.call_id, settled.sent, settled.verbatim)
            answered = await held.tx.steps.finish_call(held.turn, call.call_id, settled.state, settled.content)
        await self.assignment.announce(DeliveryReady(conversation_id=held.conversation.id))
        return answered

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


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Waits until these have ended, however that was."""
    if waited := list(tasks):
        await asyncio.wait(waited)
