"""Models over real sockets, through both APIs: our own strict stand-in, and llmock, a peer that grades its clients.

What both must do alike is tried with both; every body that was sent is looked at once more for its pairing.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from llmock.pytest_plugin import LLMock
from prometheus_client import REGISTRY

from remanso.plugin.model_profile import ModelProfile
from services.agent.asking import (
    BotText,
    Call,
    CallResult,
    ContactText,
    Instruction,
    ModelRefused,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    PromptItem,
)
from services.agent.models.breaker import FAILURES, State
from services.agent.models.endpoints import Place
from services.agent.models.port import Models
from tests.support import school
from tests.support.agents import Bench, Runs, made_up_client, tools
from tests.support.lone_simulator import Business
from tests.support.pairing import assert_all_pair
from tests.support.waiting import eventually

HELLO: Sequence[PromptItem] = (Instruction("Sé breve."), ContactText("hola"))
DOLLAR = Decimal(1_000_000)


class StandIn:
    """The OpenAI stand-in, told what to say and how to fail."""

    def __init__(self, business: Business, http: httpx.AsyncClient) -> None:
        self.base_url = f"{business.simulator_url}/openai/v1"
        self._http = http

    async def script(self, *replies: dict[str, Any]) -> None:
        await self._post("script", {"replies": replies})

    async def fail(self, kind: str, **fault: Any) -> None:
        await self._post("faults", {"faults": [{"kind": kind, **fault}]})

    async def mend(self) -> None:
        (await self._http.delete("/control/openai/faults")).raise_for_status()

    async def asked(self) -> list[dict[str, Any]]:
        return list((await self._http.get("/control/openai/requests")).raise_for_status().json())

    async def is_asked(self) -> bool:
        return bool(await self.asked())

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        (await self._http.post(f"/control/openai/{path}", json=body)).raise_for_status()


@pytest.fixture
async def openai(simulator: Business) -> AsyncIterator[StandIn]:
    async with httpx.AsyncClient(base_url=simulator.simulator_url) as http:
        (await http.post("/control/reset")).raise_for_status()
        stand_in = StandIn(simulator, http)
        yield stand_in
        assert_all_pair(record["body"] for record in await stand_in.asked())
        (await http.post("/control/reset")).raise_for_status()


@pytest.fixture(params=["chat", "responses"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def connect(base_url: str, **options: Any) -> AbstractAsyncContextManager[Models]:
    return Models.connect(base_url, "a-key", **options)


def question(*items: PromptItem, may_call: bool = True, seconds_left: float = 60.0, **profile: Any) -> ModelRequest:
    price = {"input": DOLLAR, "cached": 0, "output": DOLLAR, "valid_from": "2026-11-01"}
    return ModelRequest(
        profile=ModelProfile.model_validate({"model": "gpt-6-luna", "prices": [price], **profile}),
        items=items or HELLO,
        tools=tools(Runs()),
        may_call=may_call,
        label="turn/1/1",
        cache_key=school.NAME,
        asked_at=datetime(2026, 11, 25, tzinfo=UTC),
        seconds_left=seconds_left,
    )


async def ask(base_url: str, request: ModelRequest, **options: Any) -> ModelReply:
    async with connect(base_url, **options) as model, asyncio.timeout(20):
        return await model.ask(request)


async def unavailable(base_url: str, request: ModelRequest, **options: Any) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as problem:
        await ask(base_url, request, **options)
    return problem.value


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


async def test_what_passes_is_waited_out(openai: StandIn, api: str) -> None:
    for fault in ("outage", "broken_json", "down", "failed"):
        await openai.fail(fault, times=1)
        await openai.script({"text": fault})
        assert (await ask(openai.base_url, question(api=api))).text == fault


@pytest.mark.parametrize(
    ("fault", "reason", "attempts"),
    [
        ({"kind": "outage"}, "overloaded", 2),
        ({"kind": "html502"}, "server_error", 3),
        ({"kind": "down"}, "connection", 3),
        ({"kind": "broken_json"}, "broken_json", 2),
        ({"kind": "choices_null"}, "hollow", 3),
        ({"kind": "failed"}, "server_error", 3),
        ({"kind": "billing"}, "billing", 1),
        ({"kind": "billing", "code": "insufficient_quota"}, "billing", 1),
        ({"kind": "refused", "status": 401, "code": "invalid_api_key"}, "authentication", 1),
        ({"kind": "rate_limit", "retry_after": 30}, "rate_limited", 1),
        ({"kind": "slow", "seconds": 5}, "timeout", 2),
        ({"kind": "dribble", "seconds": 5}, "timeout", 2),
    ],
    ids=lambda value: value.get("code", value["kind"]) if isinstance(value, dict) else None,
)
async def test_what_does_not_pass_is_told_apart(
    openai: StandIn, api: str, fault: dict[str, Any], reason: str, attempts: int
) -> None:
    await openai.fail(**fault)
    limit = 0.5 if reason == "timeout" else 5.0
    patience = {"attempts": 2} if reason == "overloaded" else {}
    problem = await unavailable(openai.base_url, question(api=api), attempt_seconds=limit, **patience)
    assert problem.reason == reason
    asked = {"rate_limited": 30, "billing": pytest.approx(300, abs=2), "authentication": pytest.approx(300, abs=2)}
    assert problem.retry_after == asked.get(reason)
    assert len(await openai.asked()) == attempts


async def test_no_retry_is_begun_too_late(openai: StandIn) -> None:
    await openai.fail("html502")
    await unavailable(openai.base_url, question(), attempts=50, retry_seconds=0.3)
    assert len(await openai.asked()) < 5


async def test_a_wait_beyond_the_turns_time_is_not_slept_but_handed_back(openai: StandIn) -> None:
    await openai.fail("rate_limit", retry_after=4)
    problem = await unavailable(openai.base_url, question(seconds_left=3.0))
    assert (problem.retry_after, len(await openai.asked())) == (4, 1)


async def test_nobody_there_is_unavailable(api: str) -> None:
    problem = await unavailable("http://127.0.0.1:9/v1", question(api=api), attempts=1)
    assert problem.reason == "connection"


async def test_a_question_that_can_never_work_is_refused_at_once(openai: StandIn, api: str) -> None:
    await openai.fail("refused", status=400, code="invalid_image")
    with pytest.raises(ModelRefused, match="invalid_image"):
        await ask(openai.base_url, question(api=api))
    assert len(await openai.asked()) == 1


async def test_a_prompt_beyond_the_window_is_not_even_asked(openai: StandIn) -> None:
    with pytest.raises(ModelRefused, match="context_length_exceeded"):
        await ask(openai.base_url, question(ContactText("x" * 30_000), window=8_000))
    assert await openai.asked() == []


async def test_a_wrong_profile_waits_for_the_operator(openai: StandIn, api: str) -> None:
    assert (await unavailable(openai.base_url, question(model="gpt-nothing", api=api))).reason == "model_not_found"
    greedy = question(max_output_tokens=200_000, api=api)
    assert (await unavailable(openai.base_url, greedy)).reason == "wrong_profile"


async def test_errors_tell_nothing_of_what_was_said(openai: StandIn) -> None:
    with pytest.raises(ModelUnavailable) as problem:
        await ask(openai.base_url, question(model="secreto"))
    assert "secreto" not in repr([problem.value, problem.value.__cause__])
    assert problem.value.__suppress_context__


async def test_a_cancelled_question_ends_at_once(openai: StandIn) -> None:
    await openai.fail("slow", seconds=60)
    with pytest.raises(TimeoutError):
        async with connect(openai.base_url, attempt_seconds=60.0) as model, asyncio.timeout(0.5):
            await model.ask(question())


async def test_our_own_crowd_is_not_the_providers_fault(openai: StandIn) -> None:
    await openai.fail("slow", seconds=60, times=1)
    async with connect(openai.base_url, connections=1, attempts=1) as model:
        first = asyncio.create_task(model.ask(question()))
        await eventually(openai.is_asked)
        with pytest.raises(ModelUnavailable, match="no_free_connection"):
            await model.ask(question())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_a_compatible_servers_words_are_understood(llmock: LLMock) -> None:
    """vLLM and llama.cpp put the status where OpenAI has a code, and say the rest in a sentence."""
    llmock.fail(400, code="400", message="This model's maximum context length is 4096 tokens.")
    with pytest.raises(ModelRefused, match="context_length_exceeded"):
        await ask(llmock.base_url(), question())


async def test_a_model_that_keeps_failing_is_let_alone_and_then_probed(openai: StandIn, api: str) -> None:
    await openai.fail("html502")
    async with connect(openai.base_url, attempts=1, breaker_seconds=0.5) as model:
        for _ in range(FAILURES):
            with pytest.raises(ModelUnavailable, match="server_error"):
                await model.ask(question(api=api))
        with pytest.raises(ModelUnavailable, match="circuit_open") as closed_off:
            await model.ask(question(api=api))
        assert 0 < (closed_off.value.retry_after or 0) <= 1.0
        assert circuit_of(openai.base_url) == State.OPEN
        assert len(await openai.asked()) == FAILURES
        await openai.mend()
        await openai.script({"text": "Acá estoy."})

        async def answered() -> bool:
            with suppress(ModelUnavailable):
                return (await model.ask(question(api=api))).text == "Acá estoy."
            return False

        await eventually(answered)
        assert circuit_of(openai.base_url) == State.CLOSED


def circuit_of(base_url: str, key: str = "") -> float | None:
    """As the metric tells it."""
    place = Place(base_url, key, "gpt-6-luna")
    labels = {"endpoint": place.endpoint, "model": place.model}
    return REGISTRY.get_sample_value("remanso_agent_model_circuit", labels)


async def test_one_clients_unpaid_bill_closes_nobody_elses_way(openai: StandIn) -> None:
    def of_client(key: str) -> ModelRequest:
        return question(base_url=openai.base_url, api_key=key)

    await openai.fail("billing", times=1)
    await openai.script({"text": "Hola."})
    async with connect(openai.base_url, keys={"A_KEY": "a", "B_KEY": "b"}) as model:
        with pytest.raises(ModelUnavailable, match="billing"):
            await model.ask(of_client("A_KEY"))
        assert (await model.ask(of_client("B_KEY"))).text == "Hola."
        states = [circuit_of(openai.base_url, key) for key in ("A_KEY", "B_KEY")]
    assert states == [State.OPEN, State.CLOSED]


def spare(openai: StandIn, **profile: Any) -> dict[str, Any]:
    """A fallback at the same stand-in under another key, by the other API."""
    return {"model": "gpt-6-sol", "api": "responses", "base_url": openai.base_url, "api_key": "SPARE_KEY", **profile}


async def test_the_fallback_answers_by_its_own_rules_while_the_first_is_away(openai: StandIn) -> None:
    await openai.fail("billing", times=1)
    await openai.script({"text": "Soy el otro."}, {"text": "Sigo yo."})
    request = question(fallback=spare(openai, reasoning_effort="low", max_output_tokens=500))
    async with connect(openai.base_url, keys={"SPARE_KEY": "another-key"}) as model:
        first = await model.ask(request)
        assert (first.text, first.usage.model, first.usage.cost_usd) == ("Soy el otro.", "gpt-6-sol", None)
        assert (await model.ask(request)).text == "Sigo yo."
    own, *spared = await openai.asked()
    assert (own["path"], own["body"]["model"]) == ("/openai/v1/chat/completions", "gpt-6-luna")
    assert len(spared) == 2, "the second question does not try the first model again: its circuit is open"
    assert {record["path"] for record in spared} == {"/openai/v1/responses"}
    assert spared[0]["body"]["max_output_tokens"] == 500


async def test_when_neither_answers_the_turn_waits_for_the_first(openai: StandIn) -> None:
    await openai.fail("rate_limit", times=1, retry_after=40)
    await openai.fail("rate_limit", times=1, retry_after=20)
    problem = await unavailable(openai.base_url, question(fallback=spare(openai)), keys={"SPARE_KEY": "k"})
    assert (problem.reason, problem.retry_after) == ("rate_limited", 20)
    await openai.fail("billing", times=1)
    await openai.fail("refused", times=1, status=400, code="invalid_value")
    problem = await unavailable(openai.base_url, question(fallback=spare(openai)), keys={"SPARE_KEY": "k"})
    assert problem.reason == "billing", "what the fallback cannot take may still be taken by the first"


async def test_a_key_that_is_not_there_is_an_operators_matter(openai: StandIn) -> None:
    request = question(base_url=openai.base_url, api_key="MISSING")
    assert (await unavailable(openai.base_url, request)).reason == "authentication"
    assert await openai.asked() == []


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
