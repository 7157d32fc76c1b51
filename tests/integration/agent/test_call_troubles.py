"""What goes wrong with a tool call becomes its result, and the model goes on from there."""

import json

import pytest

from services.agent.asking import ModelReply, ModelRequest
from tests.support.agents import Bench, ScriptedModel, reply, results_in

CALLS = [
    ("look", "{broken", "bad_arguments"),
    ("look", '{"query":7}', "bad_arguments"),
    ("look", '{"query":"a","extra":1}', "bad_arguments"),
    ("imagined", "{}", "unknown_tool"),
    ("hang", "{}", "timeout"),
    ("hang_writing", "{}", "timeout"),
    ("explode", "{}", "failed"),
]


@pytest.mark.parametrize(("name", "arguments", "code"), CALLS)
async def test_what_goes_wrong_with_a_call_becomes_its_result(
    bench: Bench, name: str, arguments: str, code: str
) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Perdón.") if results_in(request) else reply("", (name, arguments))

    turn = await bench.turn("hola")
    model = ScriptedModel(reply_to)
    await bench.desk(model).take(turn.id)
    (told,) = results_in(model.asked[-1])
    assert json.loads(told)["error"]["code"] == code
    assert "secret detail" not in told
    assert await bench.texts(turn) == ["Perdón."]
    assert (await bench.calls(turn))[0].arguments == arguments


async def test_a_write_tool_out_of_time_is_unknown(bench: Bench) -> None:
    turn = await bench.turn("hola")
    model = ScriptedModel(lambda request: reply("Mmm.") if results_in(request) else reply("", ("hang_writing", "{}")))
    await bench.desk(model).take(turn.id)
    assert [call.state for call in await bench.calls(turn)] == ["unknown"]


async def test_a_result_too_long_is_cut_with_a_note(bench: Bench) -> None:
    turn = await bench.turn("hola")
    model = ScriptedModel(lambda request: reply("Uf.") if results_in(request) else reply("", ("flood", "{}")))
    await bench.desk(model).take(turn.id)
    (told,) = results_in(model.asked[-1])
    assert len(told.encode()) <= 6_000
    assert json.loads(told)["cut"] is True


async def test_the_same_call_again_gets_the_stored_result(bench: Bench) -> None:
    def stubborn(request: ModelRequest) -> ModelReply:
        done = len(results_in(request))
        return reply("Listo.") if done == 2 else reply("", ("pay", '{ "amount": 5 }' if done else '{"amount":5}'))

    turn = await bench.turn("cobrame")
    model = ScriptedModel(stubborn)
    await bench.desk(model).take(turn.id)
    assert len(bench.runs.of("pay")) == 1
    assert json.loads(results_in(model.asked[-1])[1])["result"] == {"ok": True, "paid": 5}
