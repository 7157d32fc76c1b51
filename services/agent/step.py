"""What to do next, decided from rows alone: the outcomes of a step as types. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from remanso.model.turn import CallState
from remanso.plugin.config import Limits
from remanso.store.steps import Step, ToolCall
from services.agent.asking import Call, ModelReply
from services.agent.worst_case import NOTHING, WorstCase

UNSETTLED = frozenset({CallState.PENDING, CallState.STARTED})

FILTERED = frozenset({"content_filter", "refusal"})
"""Finish reasons that asking again will not change."""


@dataclass(frozen=True)
class RunTools:
    """The last kept step asked for these, and they have no result yet."""

    calls: Sequence[ToolCall]


@dataclass(frozen=True)
class AskModel:
    """`last`: it must answer now, without tools. `brief`: its answer before was cut off."""

    last: bool
    brief: bool = False


@dataclass(frozen=True)
class GiveUp:
    reason: str


Decision = RunTools | AskModel | GiveUp


def decide(
    steps: Sequence[Step],
    calls: Sequence[ToolCall],
    limits: Limits,
    *,
    out_of_time: bool,
    next_call: WorstCase = NOTHING,
) -> Decision:
    """The next thing to do in a turn with these steps and calls so far, where one more call may use `next_call`."""
    unsettled = [call for call in calls if call.state in UNSETTLED]
    if unsettled:
        return RunTools(unsettled)
    finished = steps[-1].finish_reason if steps else None
    if finished in FILTERED:
        return GiveUp(f"model: {finished}")
    if len(steps) >= limits.steps:
        return GiveUp("limit: steps")
    if overspent := _overspent(steps, limits, next_call, calls=1):
        return GiveUp(f"limit: {overspent}")
    last = len(steps) + 1 == limits.steps or len(calls) >= limits.calls or out_of_time
    last = last or _overspent(steps, limits, next_call, calls=2) is not None
    return AskModel(last, brief=finished == "length")


def _overspent(steps: Sequence[Step], limits: Limits, call: WorstCase, *, calls: int) -> str | None:
    """Which limit so many more calls could break; the later ones are at least as large as the next."""
    tokens = sum(step.input_tokens + step.output_tokens for step in steps)
    if limits.tokens is not None and tokens + calls * call.tokens > limits.tokens:
        return "tokens"
    dollars = sum((step.cost_usd or Decimal(0) for step in steps), Decimal(0))
    if limits.dollars is not None and dollars + calls * (call.dollars or 0) > limits.dollars:
        return "dollars"
    return None


@dataclass(frozen=True)
class Keep:
    """The reply goes into the conversation with its calls, which are to be run."""

    calls: Sequence[Call]


@dataclass(frozen=True)
class Answer:
    """The reply is the turn's answer."""

    text: str


class Discard(StrEnum):
    """The reply was paid for but is no part of the conversation."""

    FILTERED = "filtered"
    CUT_OFF = "cut_off"
    EMPTY = "empty"


Verdict = Keep | Answer | Discard


def judge(reply: ModelReply, asked: AskModel) -> Verdict:
    """What a reply is. Calls that were forbidden are dropped; an answer cut off for the second time is taken."""
    finished = reply.usage.finish_reason
    if finished in FILTERED:
        return Discard.FILTERED
    if reply.calls and not asked.last:
        return Keep(reply.calls)
    if not reply.text:
        return Discard.EMPTY
    if finished == "length" and not (asked.brief or asked.last):
        return Discard.CUT_OFF
    return Answer(reply.text)
