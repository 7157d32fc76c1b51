"""What comes next, and what a reply is: pure rules."""

from decimal import Decimal
from uuid import UUID

import pytest

from remanso.plugin.behaviour import Limits
from remanso.store.steps import Step, ToolCall
from services.agent.asking import ModelReply
from services.agent.grounding.check import Problem, Why
from services.agent.grounding.values import Kind
from services.agent.step import (
    Answer,
    AskModel,
    Decision,
    Discard,
    GiveUp,
    Keep,
    Reject,
    RunTools,
    Verdict,
    Withhold,
    decide,
    judge,
)
from services.agent.worst_case import WorstCase
from tests.support.agents import reply

LIMITS = Limits(steps=3, calls=2, seconds=90)


def steps(*finish_reasons: str) -> list[Step]:
    return [Step(UUID(int=n), n, "kept", reason, 1, 1, None) for n, reason in enumerate(finish_reasons)]


def call(state: str) -> ToolCall:
    result = "{}" if state in ("done", "unknown") else None
    return ToolCall(UUID(int=1), "c", UUID(int=2), 0, "look", "{}", "read", state, 1, result)


def test_a_new_turn_asks() -> None:
    assert decide([], [], LIMITS, out_of_time=False) == AskModel(last=False)


@pytest.mark.parametrize("state", ["pending", "started"])
def test_calls_without_result_come_first(state: str) -> None:
    waiting = call(state)
    assert decide(steps("tool_calls"), [call("done"), waiting], LIMITS, out_of_time=True) == RunTools([waiting])


@pytest.mark.parametrize("state", ["done", "unknown"])
def test_when_all_are_answered_the_model_is_asked(state: str) -> None:
    assert decide(steps("tool_calls"), [call(state)], LIMITS, out_of_time=False) == AskModel(last=False)


def test_the_last_step_the_last_call_and_the_last_second_force_an_answer() -> None:
    assert decide(steps("tool_calls", "tool_calls"), [], LIMITS, out_of_time=False) == AskModel(last=True)
    assert decide(steps("tool_calls"), [call("done")] * 2, LIMITS, out_of_time=False) == AskModel(last=True)
    assert decide([], [], LIMITS, out_of_time=True) == AskModel(last=True)


def test_spent_steps_and_filters_give_up() -> None:
    assert decide(steps("stop", "stop", "stop"), [], LIMITS, out_of_time=False) == GiveUp("limit: steps")
    assert decide(steps("content_filter"), [], LIMITS, out_of_time=False) == GiveUp("model: content_filter")


def test_after_a_cut_answer_a_brief_one_is_asked_for() -> None:
    assert decide(steps("length"), [], LIMITS, out_of_time=False) == AskModel(last=False, brief=True)


def rejected(number: int) -> Step:
    return Step(UUID(int=number), number, "discarded", "stop", 1, 1, None, problems=[{"text": f"${number}"}])


def test_after_a_rejected_draft_the_model_is_told_what_was_wrong_and_asked_once_more() -> None:
    told = AskModel(last=False, doubted=({"text": "$1"},))
    assert decide([rejected(1)], [], LIMITS, out_of_time=False) == told
    later = decide([rejected(1), *steps("tool_calls")], [call("done")], LIMITS, out_of_time=False)
    assert later == AskModel(last=True, doubted=told.doubted), "nor is it forgotten while tools run"


def test_a_second_rejected_draft_or_one_in_the_last_step_is_the_end() -> None:
    assert decide([rejected(1), rejected(2)], [], LIMITS, out_of_time=False) == Withhold()
    assert decide([*steps("tool_calls", "tool_calls"), rejected(3)], [], LIMITS, out_of_time=False) == Withhold()
    assert decide([rejected(1), *steps("stop", "stop")], [], LIMITS, out_of_time=False) == GiveUp("limit: steps")


FREE, LAST, BRIEF = AskModel(False), AskModel(True), AskModel(False, brief=True)
WITH_CALL = reply("Busco.", ("look", "{}"))


@pytest.mark.parametrize(
    ("given", "asked", "verdict"),
    [
        (reply("Hola."), FREE, Answer("Hola.")),
        (WITH_CALL, FREE, Keep(WITH_CALL.calls)),
        (WITH_CALL, LAST, Answer("Busco.")),
        (reply("", ("look", "{}")), LAST, Discard.EMPTY),
        (reply(""), FREE, Discard.EMPTY),
        (reply("Hol", finish_reason="length"), FREE, Discard.CUT_OFF),
        (reply("Hol", finish_reason="length"), BRIEF, Answer("Hol")),
        (reply("Hol", finish_reason="length"), LAST, Answer("Hol")),
        (reply("No.", finish_reason="content_filter"), FREE, Discard.FILTERED),
        (reply("No.", finish_reason="refusal"), LAST, Discard.FILTERED),
    ],
)
def test_what_a_reply_is(given: ModelReply, asked: AskModel, verdict: Verdict) -> None:
    assert judge(given, asked) == verdict


def test_after_a_tool_has_sent_something_there_may_be_nothing_to_add() -> None:
    assert judge(reply(""), FREE, has_sent=True) == Answer("")
    assert judge(reply("", ("look", "{}")), LAST, has_sent=True) == Answer("")
    assert judge(reply("", finish_reason="length"), FREE, has_sent=True) == Discard.EMPTY
    assert judge(reply("", finish_reason="refusal"), FREE, has_sent=True) == Discard.FILTERED


def test_a_reply_with_unsupported_claims_is_rejected_whatever_it_is_unless_it_is_discarded_anyway() -> None:
    problems = (Problem(Kind.MONEY, "$5", Why.UNKNOWN),)
    assert judge(reply("Sale $5."), FREE, problems) == Reject(problems)
    assert judge(WITH_CALL, FREE, problems) == Reject(problems)
    assert judge(reply("Sale $5.", finish_reason="refusal"), FREE, problems) == Discard.FILTERED


CALL = WorstCase(1_000, Decimal("0.01"))


def spent(*tokens: int) -> list[Step]:
    """Steps that used so many tokens, at ten dollars a million."""
    return [
        Step(UUID(int=n), n, "kept", "tool_calls", used - 10, 10, Decimal(used) / 100_000)
        for n, used in enumerate(tokens)
    ]


@pytest.mark.parametrize(
    ("limits", "name"),
    [(Limits(tokens=4_000), "tokens"), (Limits(dollars=Decimal("0.04")), "dollars")],
    ids=["tokens", "dollars"],
)
def test_a_turn_ends_before_its_next_call_could_break_a_limit(limits: Limits, name: str) -> None:
    def decided(*tokens: int) -> Decision:
        return decide(spent(*tokens), [], limits, out_of_time=False, next_call=CALL)

    assert decided() == decided(1_000, 1_000) == AskModel(last=False), "two more calls fit"
    assert decided(1_000, 1_001) == decided(1_000, 2_000) == AskModel(last=True), "one more fits"
    assert decided(1_000, 2_001) == GiveUp(f"limit: {name}")


def test_calls_that_were_asked_for_are_run_whatever_is_spent() -> None:
    waiting = call("pending")
    assert decide(spent(9_000), [waiting], Limits(tokens=1), out_of_time=False, next_call=CALL) == RunTools([waiting])


def test_an_unknown_cost_counts_for_nothing() -> None:
    steps = [Step(UUID(int=1), 1, "kept", "tool_calls", 1, 1, None)]
    assert decide(steps, [], Limits(dollars=Decimal("0.02")), out_of_time=False, next_call=CALL) == AskModel(last=False)
