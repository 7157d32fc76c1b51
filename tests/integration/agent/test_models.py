"""Models over real sockets, through both APIs: what is asked, and what comes back.

What both must do alike is tried with both; every body that was sent is looked at once more for its pairing.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.agent.asking import BotText, Call, CallResult, Instruction
from services.agent.models.endpoints import Place
from tests.support.models import HELLO, StandIn, ask, connect, question


async def test_text_and_calls_come_back_together(openai: StandIn, api: str) -> None:
    calls = [{"name": "look", "arguments": {"query": "a"}}, {"name": "pay", "arguments": "{broken"}]
    await openai.script(
        {"text": "Ya miro.", "tool_calls": calls, "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    )
    reply = await ask(openai.base_url, question(api=api))
    assert reply.text == "Ya miro."
    assert [(call.name, call.arguments) for call in reply.calls] == [("look", '{"query": "a"}'), ("pay", "{broken")]
    assert reply.usage.finish_reason == "tool_calls"
    assert reply.usage.request_id
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.cost_usd) == (7, 3, Decimal(10))


async def test_a_whole_turn_is_taken_back(openai: StandIn, api: str) -> None:
    await openai.script({"text": "Listo."})
    turn = (
        *HELLO,
        BotText("Busco.", (Call("call_1", "look", "{}"), Call("call_2", "look", "{}"))),
        CallResult("call_1", '{"ok":true}'),
        CallResult("call_2", '{"ok":true}'),
        Instruction("Sé breve."),
    )
    reply = await ask(openai.base_url, question(*turn, may_call=False, api=api))
    assert (reply.text, reply.usage.finish_reason) == ("Listo.", "stop")
    (asked,) = await openai.asked()
    assert asked["body"]["tool_choice"] == "none"
    assert asked["client_request_id"] == "turn/1/1"


async def test_chat_has_text_and_calls_in_one_message(openai: StandIn) -> None:
    await openai.script({"text": "Listo."})
    said = BotText("Busco.", (Call("call_1", "look", "{}"),))
    await ask(openai.base_url, question(*HELLO, said, CallResult("call_1", "{}")))
    (asked,) = await openai.asked()
    assert asked["body"]["reasoning_effort"] == "none"
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    assert asked["body"]["messages"][2] == {"role": "assistant", "content": "Busco.", "tool_calls": [call]}


async def test_what_was_thought_goes_back_in_the_same_turn_and_to_nobody_else(openai: StandIn) -> None:
    await openai.script({"text": "Ya miro.", "tool_calls": [{"name": "look", "arguments": {"query": "a"}}]})
    thinking = question(api="responses", reasoning_effort="low")
    async with connect(openai.base_url) as model:
        reply = await model.ask(thinking)
        assert reply.reasoning is not None
        assert reply.usage.reasoning_tokens > 0
        (call,) = reply.calls
        turn = [*HELLO, BotText(reply.text, reply.calls, reply.reasoning), CallResult(call.call_id, "{}")]
        await openai.script({"text": "Uno."}, {"text": "Dos."}, {"text": "Tres."})
        await model.ask(replace(thinking, items=turn))
        await model.ask(replace(question(api="responses", model="gpt-6-sol"), items=turn))
        await model.ask(replace(question(), items=turn))
    first, own, other, chat = (record["body"] for record in await openai.asked())
    assert first["include"] == ["reasoning.encrypted_content"]
    kinds = [item["type"] for item in own["input"]]
    assert kinds == ["message", "message", "reasoning", "message", "function_call", "function_call_output"]
    assert [item["type"] for item in other["input"]] == [kind for kind in kinds if kind != "reasoning"]
    assert "reasoning" not in str(chat["messages"])


async def test_thoughts_that_the_server_no_longer_reads_are_left_out(openai: StandIn) -> None:
    """A key of another organisation, say, set in the middle of a turn."""
    place = Place(openai.base_url, "", "gpt-6-luna")
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "of another organisation"}
    said = BotText("Hola.", (), {"origin": place.origin, "thoughts": [[0, thought]]})
    await openai.script({"text": "Hola."})
    reply = await ask(openai.base_url, question(*HELLO, said, api="responses", reasoning_effort="low"))
    assert (reply.text, len(await openai.asked())) == ("Hola.", 2)


async def test_a_question_without_tools(openai: StandIn, api: str) -> None:
    await openai.script({"text": "Hola."})
    assert (await ask(openai.base_url, replace(question(api=api), tools=()))).text == "Hola."


async def test_an_unknown_price_gives_no_cost(openai: StandIn, api: str) -> None:
    await openai.script({"text": "Hola."}, {"text": "Hola."})
    reply = await ask(openai.base_url, question(prices=[], api=api))
    assert reply.usage.cost_usd is None
    early = replace(question(api=api), asked_at=datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert (await ask(openai.base_url, early)).usage.cost_usd is None


async def test_an_answer_cut_off_says_so(openai: StandIn, api: str) -> None:
    await openai.script({"text": "Ho", "finish_reason": "length"}, {"text": "", "finish_reason": "content_filter"})
    async with connect(openai.base_url) as model:
        assert (await model.ask(question(api=api))).usage.finish_reason == "length"
        assert (await model.ask(question(api=api))).usage.finish_reason == "content_filter"


async def test_arguments_that_end_in_the_middle_are_no_call(openai: StandIn) -> None:
    cut = [{"name": "look", "arguments": {"query": "a"}}, {"name": "look", "arguments": '{"que'}]
    await openai.script({"tool_calls": cut, "finish_reason": "length"})
    reply = await ask(openai.base_url, question(api="responses"))
    assert [call.arguments for call in reply.calls] == ['{"query": "a"}']


@pytest.mark.parametrize("code", ["content_filter", "invalid_prompt"])
async def test_a_filtered_question_is_a_reply_that_says_nothing_and_costs_nothing(
    openai: StandIn, api: str, code: str
) -> None:
    await openai.fail("refused", status=400, code=code)
    reply = await ask(openai.base_url, question(api=api))
    assert (reply.text, reply.usage.finish_reason, reply.usage.cost_usd) == ("", "content_filter", Decimal(0))
    assert len(await openai.asked()) == 1
