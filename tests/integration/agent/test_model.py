"""The model over real sockets: our own strict stand-in, and llmock, an independent peer that grades its clients."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Any

import httpx
import pytest
from llmock.pytest_plugin import LLMock

from remanso.plugin.config import ModelProfile, Price
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
from services.agent.model import ChatModel
from tests.support import school
from tests.support.agents import Runs, tools
from tests.support.lone_simulator import Business

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

    async def asked(self) -> list[dict[str, Any]]:
        return list((await self._http.get("/control/openai/requests")).raise_for_status().json())

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        (await self._http.post(f"/control/openai/{path}", json=body)).raise_for_status()


@pytest.fixture
async def openai(simulator: Business) -> AsyncIterator[StandIn]:
    async with httpx.AsyncClient(base_url=simulator.simulator_url) as http:
        (await http.post("/control/reset")).raise_for_status()
        yield StandIn(simulator, http)
        (await http.post("/control/reset")).raise_for_status()


def connect(base_url: str, **options: Any) -> AbstractAsyncContextManager[ChatModel]:
    return ChatModel.connect(base_url, "a-key", **options)


def question(*items: PromptItem, may_call: bool = True, **profile: Any) -> ModelRequest:
    price = Price.model_validate({"input": DOLLAR, "cached": 0, "output": DOLLAR, "valid_from": "2026-11-01"})
    return ModelRequest(
        profile=ModelProfile(model="gpt-6-luna", price=price).model_copy(update=profile),
        items=items or HELLO,
        tools=tools(Runs()),
        may_call=may_call,
        label="turn/1/1",
        cache_key=school.NAME,
    )


async def ask(base_url: str, request: ModelRequest | None = None, **options: Any) -> ModelReply:
    async with connect(base_url, **options) as model, asyncio.timeout(20):
        return await model.ask(request or question())


async def test_text_and_calls_come_back_together(openai: StandIn) -> None:
    calls = [{"name": "look", "arguments": {"query": "a"}}, {"name": "pay", "arguments": "{broken"}]
    await openai.script(
        {"text": "Ya miro.", "tool_calls": calls, "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    )
    reply = await ask(openai.base_url)
    assert reply.text == "Ya miro."
    assert [(call.name, call.arguments) for call in reply.calls] == [("look", '{"query": "a"}'), ("pay", "{broken")]
    assert reply.usage.finish_reason == "tool_calls"
    assert reply.usage.request_id
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.cost_usd) == (7, 3, Decimal(10))


async def test_a_whole_turn_is_taken_back(openai: StandIn) -> None:
    await openai.script({"text": "Listo."})
    turn = (
        *HELLO,
        BotText("Busco.", (Call("call_1", "look", "{}"), Call("call_2", "look", "{}"))),
        CallResult("call_1", '{"ok":true}'),
        CallResult("call_2", '{"ok":true}'),
        Instruction("Sé breve."),
    )
    assert (await ask(openai.base_url, question(*turn, may_call=False))).text == "Listo."
    (asked,) = await openai.asked()
    assert asked["body"]["tool_choice"] == "none"
    assert asked["body"]["reasoning_effort"] == "none"
    assert asked["body"]["messages"][2] == {
        "role": "assistant",
        "content": "Busco.",
        "tool_calls": [
            {"id": call_id, "type": "function", "function": {"name": "look", "arguments": "{}"}}
            for call_id in ("call_1", "call_2")
        ],
    }


async def test_a_question_without_tools(openai: StandIn) -> None:
    await openai.script({"text": "Hola."})
    request = question()
    reply = await ask(openai.base_url, ModelRequest(**{**vars(request), "tools": ()}))
    assert reply.text == "Hola."


async def test_an_unknown_price_gives_no_cost(openai: StandIn) -> None:
    await openai.script({"text": "Hola."})
    reply = await ask(openai.base_url, question(price=None))
    assert reply.usage.cost_usd is None


async def test_what_passes_is_waited_out(openai: StandIn) -> None:
    for fault in ("outage", "broken_json", "down"):
        await openai.fail(fault, times=1)
        await openai.script({"text": fault})
        assert (await ask(openai.base_url)).text == fault


@pytest.mark.parametrize(
    ("fault", "reason", "attempts"),
    [
        ({"kind": "outage"}, "server_error", 3),
        ({"kind": "html502"}, "server_error", 3),
        ({"kind": "down"}, "connection", 3),
        ({"kind": "broken_json"}, "broken_json", 2),
        ({"kind": "choices_null"}, "choices_null", 3),
        ({"kind": "billing"}, "billing", 1),
        ({"kind": "billing", "code": "insufficient_quota"}, "billing", 1),
        ({"kind": "rate_limit", "retry_after": 30}, "rate_limited", 1),
        ({"kind": "slow", "seconds": 5}, "timeout", 2),
        ({"kind": "dribble", "seconds": 5}, "timeout", 2),
    ],
    ids=lambda value: value.get("code", value["kind"]) if isinstance(value, dict) else None,
)
async def test_what_does_not_pass_is_told_apart(
    openai: StandIn, fault: dict[str, Any], reason: str, attempts: int
) -> None:
    await openai.fail(**fault)
    limit = 0.5 if reason == "timeout" else 5.0
    with pytest.raises(ModelUnavailable) as unavailable:
        await ask(openai.base_url, attempt_seconds=limit)
    assert unavailable.value.reason == reason
    assert unavailable.value.retry_after == (30 if reason == "rate_limited" else None)
    assert len(await openai.asked()) == attempts


async def test_no_retry_is_begun_too_late(openai: StandIn) -> None:
    await openai.fail("outage")
    with pytest.raises(ModelUnavailable):
        await ask(openai.base_url, attempts=50, retry_seconds=0.3)
    assert len(await openai.asked()) < 5


async def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(ModelUnavailable, match="connection"):
        await ask("http://127.0.0.1:9/v1", attempts=1)


async def test_a_question_that_can_never_work_is_refused_at_once(openai: StandIn) -> None:
    unanswered = (*HELLO, BotText("", (Call("call_1", "look", "{}"),)), ContactText("y?"))
    with pytest.raises(ModelRefused):
        await ask(openai.base_url, question(*unanswered))
    assert len(await openai.asked()) == 1


async def test_a_wrong_model_profile_is_refused_by_its_code(openai: StandIn) -> None:
    with pytest.raises(ModelRefused, match=r"http_400|unsupported|invalid"):
        await ask(openai.base_url, question(reasoning_effort="medium"))


async def test_an_unknown_model_waits_for_the_operator(openai: StandIn) -> None:
    with pytest.raises(ModelUnavailable, match="model_not_found"):
        await ask(openai.base_url, question(model="gpt-nothing"))


async def test_errors_tell_nothing_of_what_was_said(openai: StandIn) -> None:
    with pytest.raises(ModelRefused) as refusal:
        await ask(openai.base_url, question(ContactText("secreto"), CallResult("secreto", "secreto")))
    chain = [refusal.value, refusal.value.__cause__]
    assert "secreto" not in repr(chain)
    assert refusal.value.__suppress_context__


async def test_a_cancelled_question_ends_at_once(openai: StandIn) -> None:
    await openai.fail("slow", seconds=60)
    with pytest.raises(TimeoutError):
        async with connect(openai.base_url, attempt_seconds=60.0) as model, asyncio.timeout(0.5):
            await model.ask(question())


async def test_an_independent_peer_finds_our_retries_well_behaved(llmock: LLMock) -> None:
    llmock.rate_limit(times=2, retry_after=0.5).reply("Hola.")
    assert (await ask(llmock.base_url())).text == "Hola."
    llmock.assert_resilient(strict=True)


async def test_an_independent_peer_sees_no_storm_in_an_outage(llmock: LLMock) -> None:
    llmock.outage()
    with pytest.raises(ModelUnavailable):
        await ask(llmock.base_url())
    llmock.assert_resilient()


async def test_an_independent_peer_sees_no_retry_of_a_bad_request(llmock: LLMock) -> None:
    llmock.context_overflow()
    with pytest.raises(ModelRefused, match="context_length_exceeded"):
        await ask(llmock.base_url())
    llmock.assert_resilient(strict=True)


async def test_an_independent_peer_gets_its_calls_read(llmock: LLMock) -> None:
    llmock.call_tool("look", {"query": "a"}, text="Ya miro.")
    reply = await ask(llmock.base_url())
    assert (reply.text, [call.name for call in reply.calls]) == ("Ya miro.", ["look"])
