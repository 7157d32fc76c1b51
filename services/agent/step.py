"""What to do next, decided from rows alone: the outcomes of a step as types. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from remanso.model.turn import CallState
from remanso.plugin.config import Limits
from remanso.store.steps import Step, ToolCall
from services.agent.asking import Call, ModelReply
from services.agent.corrections import in_circles

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


def decide(steps: Sequence[Step], calls: Sequence[ToolCall], limits: Limits, *, out_of_time: bool) -> Decision:
    """The next thing to do in a turn with these steps and calls so far."""
    unsettled = [call for call in calls if call.state in UNSETTLED]
    if unsettled:
        return RunTools(unsettled)
    finished = steps[-1].finish_reason if steps else None
    if finished in FILTERED:
        return GiveUp(f"model: {finished}")
    if len(steps) >= limits.steps:
        return GiveUp("limit: steps")
    last = len(steps) + 1 == limits.steps or len(calls) >= limits.calls or out_of_time or in_circles(calls)
    return AskModel(last, brief=finished == "length")


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


def judge(reply: ModelReply, asked: AskModel, *, has_sent: bool = False) -> Verdict:
    """What a reply is. Calls that were forbidden are dropped; an answer cut off for the second time is taken.

    `has_sent`: a tool has sent buttons or the like since the contact last wrote, to which there may be nothing to add.
    """
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
