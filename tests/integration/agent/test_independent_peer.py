"""llmock, a peer that grades its clients: it finds our retries well behaved and our bodies paired."""

import json
from dataclasses import replace

import pytest
from llmock.pytest_plugin import LLMock

from services.agent.asking import BotText, CallResult, ModelRefused
from tests.support import school
from tests.support.agents import Bench, made_up_client
from tests.support.models import HELLO, ask, connect, question, unavailable
from tests.support.pairing import assert_all_pair


async def test_a_compatible_servers_words_are_understood(llmock: LLMock) -> None:
    """vLLM and llama.cpp put the status where OpenAI has a code, and say the rest in a sentence."""
    llmock.fail(400, code="400", message="This model's maximum context length is 4096 tokens.")
    with pytest.raises(ModelRefused, match="context_length_exceeded"):
        await ask(llmock.base_url(), question())


async def test_an_independent_peer_finds_our_retries_well_behaved(llmock: LLMock, api: str) -> None:
    llmock.rate_limit(times=2, retry_after=0.5).reply("Hola.")
    assert (await ask(llmock.base_url(), question(api=api))).text == "Hola."
    llmock.assert_resilient(strict=True)


async def test_an_independent_peer_sees_no_storm_in_an_outage(llmock: LLMock, api: str) -> None:
    llmock.outage()
    await unavailable(llmock.base_url(), question(api=api))
    llmock.assert_resilient()


async def test_an_independent_peer_sees_no_retry_of_a_bad_request(llmock: LLMock, api: str) -> None:
    llmock.context_overflow()
    with pytest.raises(ModelRefused, match="context_length_exceeded"):
        await ask(llmock.base_url(), question(api=api))
    llmock.assert_resilient(strict=True)


async def test_an_independent_peer_plays_a_turn_whose_every_body_pairs(llmock: LLMock, api: str) -> None:
    llmock.call_tool("look", {"query": "a"}, text="Ya miro.").reply("Listo.")
    async with connect(llmock.base_url()) as model:
        reply = await model.ask(question(api=api))
        assert (reply.text, [call.name for call in reply.calls]) == ("Ya miro.", ["look"])
        turn = (*HELLO, BotText(reply.text, reply.calls), CallResult(reply.calls[0].call_id, "{}"))
        assert (await model.ask(question(*turn, api=api))).text == "Listo."
    assert assert_all_pair(record.body for record in llmock.requests) == 2
    llmock.assert_resilient(strict=True)


async def test_an_independent_peer_drives_an_agent_through_a_dialogue(bench: Bench, llmock: LLMock, api: str) -> None:
    """Rate limited in between: its strict verdict is on the whole agent, not on the port alone."""
    llmock.call_tool("look", {"query": "a"}, text="Ya miro.").reply("Listo.")
    llmock.rate_limit(times=1, retry_after=0.2).reply("De nada.")
    bench = replace(bench, client=made_up_client(bench.runs, model={"model": "gpt-6-luna", "api": api}))
    sender = school.person()
    async with connect(llmock.base_url()) as model:
        for words in ("¿qué hay?", "gracias"):
            turn = await bench.turn(words, sender=sender)
            await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Ya miro.", "Listo.", "De nada."]
    assert assert_all_pair(record.body for record in llmock.requests) >= 3
    llmock.assert_resilient(strict=True)


async def test_an_independent_peer_breaks_a_call(llmock: LLMock, api: str) -> None:
    llmock.call_tool("look", {"query": "a"}).break_tool_call("malformed_arguments")
    (call,) = (await ask(llmock.base_url(), question(api=api))).calls
    with pytest.raises(ValueError):
        json.loads(call.arguments)
