"""When a model goes round in circles, and when it only corrects itself."""

from uuid import UUID

import pytest

from remanso.plugin.behaviour import Limits
from remanso.store.steps import Step, ToolCall
from services.agent.corrections import alike, in_circles, worn_out
from services.agent.results import failure
from services.agent.step import AskModel, decide

FAILED = failure("failed", "The tool failed.", retryable=True)


def call(name: str = "look", arguments: str = "{}", result: str | None = '{"ok":true}') -> ToolCall:
    return ToolCall(UUID(int=1), "c", UUID(int=2), 0, name, arguments, "read", "done", 1, result)


def test_calls_are_alike_whatever_the_order_of_their_arguments() -> None:
    assert alike(call(arguments='{"a":1,"b":2}'), call(arguments='{"b": 2, "a": 1}'))
    assert alike(call(arguments=""), call(arguments="{}"))
    assert not alike(call(arguments='{"a":1}'), call(arguments='{"a":2}'))
    assert not alike(call("look"), call("pay"))
    assert not alike(call(arguments="{broken"), call(arguments="{}"))


@pytest.mark.parametrize(
    ("calls", "ends"),
    [
        ([], False),
        ([call()] * 2, False),
        ([call()] * 3, True),
        ([call(arguments='{"a":1}'), call(), call()], False),
        ([call(f"made_up_{n}", result=failure("unknown_tool", "…")) for n in range(2)], False),
        ([call(f"made_up_{n}", result=failure("unknown_tool", "…")) for n in range(3)], True),
        ([call(arguments=f'{{"n":{n}}}', result=FAILED) for n in range(3)], False),
        ([call(result=failure("too_many_failures", "…"))], True),
        ([call(arguments=f'{{"n":{n}}}', result=failure("not_grounded", "…")) for n in range(1)], False),
        ([call(arguments=f'{{"n":{n}}}', result=failure("not_grounded", "…")) for n in range(2)], True),
        ([call(arguments=f'{{"n":{n}}}', result=failure("unknown_course", "…")) for n in range(5)], False),
    ],
)
def test_what_ends_the_loop(calls: list[ToolCall], ends: bool) -> None:
    assert in_circles(calls) is ends
    steps = [Step(UUID(int=1), 1, "kept", "tool_calls", 1, 1, None)]
    assert decide(steps, calls, Limits(), out_of_time=False) == AskModel(last=ends)


@pytest.mark.parametrize("code", ["bad_arguments", "timeout", "failed"])
def test_a_tool_has_two_corrections(code: str) -> None:
    failed = [call(arguments=str(n), result=failure(code, "…", retryable=True)) for n in range(3)]
    assert not worn_out("look", failed[:2])
    assert worn_out("look", failed)
    assert not worn_out("pay", failed), "each tool has its own"
    assert not worn_out("look", [*failed[:2], call(), call(result=failure("unknown_course", "…"))])
