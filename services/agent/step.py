"""What to do next, decided from rows alone: the outcomes of a step as types. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from remanso.model.turn import CallState
from remanso.plugin.behaviour import Limits
from remanso.store.steps import Step, ToolCall
from services.agent.asking import Call, ModelReply
from services.agent.corrections import in_circles
from services.agent.grounding.check import Problem
from services.agent.worst_case import NOTHING, WorstCase

UNSETTLED = frozenset({CallState.PENDING, CallState.STARTED})

FILTERED = frozenset({"content_filter", "refusal"})
"""Finish reasons that asking again will not change."""


MOST_REPAIRS = 1
"""Rejected drafts of a turn after which the model is asked once more; one more is the last."""


@dataclass(frozen=True)
class RunTools:
    """The last kept step asked for these, and they have no result yet."""

    calls: Sequence[ToolCall]


@dataclass(frozen=True)
class AskModel:
    """`last`: it must answer now, without tools. `brief`: its answer before was cut off.

    `doubted`: what its drafts before claimed without support.
    """

    last: bool
    brief: bool = False
    doubted: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class GiveUp:
    reason: str


@dataclass(frozen=True)
class Withhold:
    """What the model says cannot be supported: the contact gets the client's safe text, and a person."""


Decision = RunTools | AskModel | GiveUp | Withhold


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
    rejected = [step for step in steps if step.problems]
    if len(rejected) > MOST_REPAIRS or (len(steps) >= limits.steps and steps[-1].problems):
        return Withhold()
    if len(steps) >= limits.steps:
        return GiveUp("limit: steps")
    if overspent := _overspent(steps, limits, next_call, calls=1):
        return GiveUp(f"limit: {overspent}")
    doubted = tuple(problem for step in rejected for problem in step.problems)
    last = len(steps) + 1 == limits.steps or len(calls) >= limits.calls or out_of_time or in_circles(calls)
    last = last or _overspent(steps, limits, next_call, calls=2) is not None
    return AskModel(last, brief=finished == "length", doubted=doubted)


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


@dataclass(frozen=True)
class Reject:
    """The reply says what nothing supports: paid for, kept as a draft, never sent, and its calls are not run."""

    problems: tuple[Problem, ...]


Verdict = Keep | Answer | Discard | Reject


def judge(reply: ModelReply, asked: AskModel, problems: tuple[Problem, ...] = (), *, has_sent: bool = False) -> Verdict:
    """What a reply is, when the check has found these `problems` in its text.

    `has_sent`: a tool has sent buttons or the like since the contact last wrote, to which there may be nothing to add.
    """
    verdict = _kind_of(reply, asked, has_sent)
    return Reject(problems) if problems and not isinstance(verdict, Discard) else verdict


def _kind_of(reply: ModelReply, asked: AskModel, has_sent: bool) -> Keep | Answer | Discard:
    """Calls that were forbidden are dropped; an answer cut off for the second time is taken."""
    finished = reply.usage.finish_reason
    if finished in FILTERED:
        return Discard.FILTERED
    if reply.calls and not asked.last:
        return Keep(reply.calls)
    if not reply.text:
        return Answer("") if has_sent and finished != "length" else Discard.EMPTY
    if finished == "length" and not (asked.brief or asked.last):
        return Discard.CUT_OFF
    return Answer(reply.text)
