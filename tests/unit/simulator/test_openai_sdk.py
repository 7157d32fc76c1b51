"""The official SDK against the stand-in on a real socket: answers, headers, refusals and failures."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from tests.unit.simulator.openai_bodies import CHAT_TOOLS, calling, chat, responses, result, user
from tests.unit.simulator.openai_server import Running, running_stand_in


@pytest.fixture
async def stand_in() -> AsyncIterator[Running]:
    async with running_stand_in() as running:
        yield running


@pytest.fixture
async def sdk(stand_in: Running) -> AsyncIterator[AsyncOpenAI]:
    async with stand_in.client() as client:
        yield client


async def complete(sdk: AsyncOpenAI, *messages: dict[str, Any], **fields: Any) -> Any:
    return await sdk.chat.completions.create(**chat(*messages, **fields))


async def test_a_whole_turn_with_text_beside_several_calls(sdk: AsyncOpenAI) -> None:
    asked = user("hola, ¿hay cursos de marketing y de excel?")
    first = await complete(sdk, asked)
    assert first.id.startswith("chatcmpl-")
    assert first._request_id.startswith("req_")
    choice = first.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert "Dejame buscar" in choice.message.content
    ids = [call.id for call in choice.message.tool_calls]
    assert len(set(ids)) == 2

    spoken = {"role": "assistant", "content": choice.message.content}
    spoken["tool_calls"] = [call.to_dict(mode="json") for call in choice.message.tool_calls]
    found = json.dumps({"ok": True, "courses": [{"id": "a", "title": "Curso A", "price": 5, "currency": "ARS"}]})
    last = await complete(sdk, asked, spoken, *(result(id_, found) for id_ in ids))
    assert last.choices[0].finish_reason == "stop"
    assert "Curso A: ARS 5" in last.choices[0].message.content


async def test_usage_and_rate_headers(sdk: AsyncOpenAI) -> None:
    long = {"role": "system", "content": "Sos el asistente. " * 400}
    raw = await sdk.chat.completions.with_raw_response.create(**chat(long, user("hola")))
    usage = raw.parse().usage
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 0
    assert int(raw.headers["x-ratelimit-remaining-requests"]) < int(raw.headers["x-ratelimit-limit-requests"])
    assert raw.headers["x-ratelimit-reset-tokens"].endswith("s")

    again = (await complete(sdk, long, user("chau"))).usage.prompt_tokens_details
    assert again.cached_tokens >= 1024
    assert again.cached_tokens % 128 == 0
    assert again.cached_tokens < usage.prompt_tokens


async def test_short_prompts_are_not_cached(sdk: AsyncOpenAI) -> None:
    for _ in range(2):
        usage = (await complete(sdk, user("hola"), tools=None)).usage
    assert usage.prompt_tokens_details.cached_tokens == 0


async def test_the_responses_endpoint(sdk: AsyncOpenAI) -> None:
    answer = await sdk.responses.create(**responses(user("¿hay cursos de marketing?"), reasoning={"effort": "low"}))
    assert [item.type for item in answer.output] == ["reasoning", "message", "function_call"]
    assert "Dejame buscar" in answer.output_text
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens > 0
    plain = await sdk.responses.create(model="gpt-6-luna", input="hola", reasoning={"effort": "none"})
    assert plain.output_text.startswith("¡Hola!")


async def test_models(sdk: AsyncOpenAI) -> None:
    listed = {model.id: model async for model in sdk.models.list()}
    assert listed["gpt-4o-mini"].shutdown_date == "2027-01-14"
    assert (await sdk.models.retrieve("gpt-6-luna")).id == "gpt-6-luna"
    with pytest.raises(openai.NotFoundError):
        await sdk.models.retrieve("gpt-7")


async def test_refusals_arrive_as_the_sdk_expects(stand_in: Running, sdk: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await complete(sdk, reasoning_effort="low")
    assert (refused.value.param, refused.value.type) == ("reasoning_effort", "invalid_request_error")
    with pytest.raises(openai.BadRequestError):
        await complete(sdk, calling("a"), user("x"))
    with pytest.raises(openai.NotFoundError) as unknown:
        await complete(sdk, model="gpt-3.5-turbo")
    assert unknown.value.code == "model_not_found"
    async with stand_in.client("sk-wrong") as stranger:
        with pytest.raises(openai.AuthenticationError) as wrong:
            await complete(stranger)
    assert wrong.value.code == "invalid_api_key"
    assert "sk-wrong" not in str(wrong.value)
    assert [asked["status"] for asked in await stand_in.requests()] == [400, 400, 404, 401]


async def test_scripted_replies_come_first_and_in_order(stand_in: Running, sdk: AsyncOpenAI) -> None:
    broken = {"name": "search_courses", "arguments": '{"query": '}
    await stand_in.script(
        {"text": "sobre pagos", "when": {"user_contains": "PAGO"}},
        {"text": "uno", "usage": {"prompt_tokens": 7, "cached_tokens": 3, "completion_tokens": 2}},
        {"tool_calls": [broken, {"name": "fly", "arguments": {"to": "Córdoba"}}]},
    )
    first = await complete(sdk)
    assert first.choices[0].message.content == "uno"
    assert (first.usage.prompt_tokens, first.usage.completion_tokens, first.usage.total_tokens) == (7, 2, 9)
    assert first.usage.prompt_tokens_details.cached_tokens == 3
    assert (await complete(sdk, user("¿y el pago?"))).choices[0].message.content == "sobre pagos"
    forbidden = await complete(sdk, tool_choice="none")
    assert forbidden.choices[0].message.tool_calls is None
    called = (await complete(sdk)).choices[0].message.tool_calls
    assert [call.function.arguments for call in called] == ['{"query": ', '{"to": "Córdoba"}']
    assert (await complete(sdk)).choices[0].message.content.startswith("¡Hola!")


async def test_latency_and_an_answer_that_is_cut(stand_in: Running, sdk: AsyncOpenAI) -> None:
    await stand_in.script({"text": "Había una vez un curso muy largo", "latency": 0.2})
    before = time.monotonic()
    choice = (await complete(sdk, max_completion_tokens=3)).choices[0]
    assert time.monotonic() - before >= 0.2
    assert (choice.finish_reason, choice.message.content) == ("length", "Había una v")


async def test_faults_that_are_status_codes(stand_in: Running, sdk: AsyncOpenAI) -> None:
    kinds = ("outage", "rate_limit", "billing", "html502")
    await stand_in.fail(*({"kind": kind, "times": 1, "retry_after": 2} for kind in kinds))
    with pytest.raises(openai.InternalServerError) as outage:
        await complete(sdk)
    assert (outage.value.status_code, outage.value.code) == (503, "server_is_overloaded")
    with pytest.raises(openai.RateLimitError) as limited:
        await complete(sdk)
    assert (limited.value.code, limited.value.response.headers["retry-after"]) == ("rate_limit_exceeded", "2")
    with pytest.raises(openai.RateLimitError) as unpaid:
        await complete(sdk)
    assert (unpaid.value.type, unpaid.value.code) == ("insufficient_quota", "credit_balance_exhausted")
    with pytest.raises(openai.InternalServerError) as page:
        await complete(sdk)
    assert (page.value.status_code, page.value.code) == (502, None)
    assert (await complete(sdk)).choices
    assert [asked["status"] for asked in await stand_in.requests()] == [503, 429, 429, 502, 200]


async def test_faults_of_the_connection_and_the_body(stand_in: Running, sdk: AsyncOpenAI) -> None:
    await stand_in.script({"text": "a salvo"})
    await stand_in.fail(*({"kind": kind, "times": 1} for kind in ("down", "broken_json", "choices_null")))
    with pytest.raises(openai.APIConnectionError):
        await complete(sdk)
    with pytest.raises(json.JSONDecodeError):
        await complete(sdk)
    assert (await complete(sdk)).choices is None
    assert (await complete(sdk)).choices[0].message.content == "a salvo"
    assert [asked["status"] for asked in await stand_in.requests()] == [None, 200, 200, 200]


async def test_a_dribbling_body_outlasts_the_read_timeout(stand_in: Running, sdk: AsyncOpenAI) -> None:
    await stand_in.fail({"kind": "dribble", "seconds": 1.2, "times": 1})
    before = time.monotonic()
    assert (await complete(sdk.with_options(timeout=0.8))).choices
    assert time.monotonic() - before >= 1.1


async def test_a_slow_answer_that_nobody_waits_for_uses_up_no_script(stand_in: Running, sdk: AsyncOpenAI) -> None:
    await stand_in.script({"text": "guardado"})
    await stand_in.fail({"kind": "slow", "seconds": 0.4, "times": 1})
    with pytest.raises(openai.APITimeoutError):
        await complete(sdk.with_options(timeout=0.1))
    await stand_in.fail({"kind": "slow", "seconds": 0.5, "times": 1})
    assert (await complete(sdk)).choices[0].message.content == "guardado"


async def test_faults_last_until_cleared_and_control_says_what_waits(stand_in: Running, sdk: AsyncOpenAI) -> None:
    await stand_in.fail({"kind": "outage"})
    await stand_in.script({"text": "nunca"})
    for _ in range(3):
        with pytest.raises(openai.InternalServerError):
            await complete(sdk)
    assert (await stand_in.control.get("/faults")).json()[0]["kind"] == "outage"
    assert (await stand_in.control.get("/script")).json()[0]["text"] == "nunca"
    assert (await stand_in.control.delete("/faults")).status_code == 204
    assert (await stand_in.control.delete("/script")).status_code == 204
    assert (await complete(sdk)).choices[0].message.content.startswith("¡Hola!")
    assert (await stand_in.control.post("/faults", json={"faults": [{"kind": "gone"}]})).status_code == 422


async def test_requests_are_recorded_with_their_answers(stand_in: Running, sdk: AsyncOpenAI) -> None:
    answer = await complete(sdk, user("hola"))
    (asked,) = await stand_in.requests()
    assert asked["path"] == "/openai/v1/chat/completions"
    assert asked["body"]["tools"] == CHAT_TOOLS
    assert asked["response"]["id"] == answer.id
    assert abs(asked["at"] - time.time()) < 60


async def test_an_unknown_endpoint_is_told_in_openais_shape(sdk: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        await sdk.moderations.create(input="hola")


async def test_answers_fit_the_sdks_own_types(stand_in: Running, sdk: AsyncOpenAI) -> None:
    asked = user("¿hay cursos de marketing?")
    await complete(sdk, asked)
    await sdk.responses.create(**responses(asked, reasoning={"effort": "low"}, instructions="Sé breve."))
    completion, response = (seen["response"] for seen in await stand_in.requests())
    assert ChatCompletion.model_validate(completion).model_extra == {}
    assert Response.model_validate(response).model_extra == {"store": False}


async def test_reset_forgets_everything(stand_in: Running, sdk: AsyncOpenAI) -> None:
    await stand_in.script({"text": "nunca"})
    await stand_in.fail({"kind": "outage"})
    stand_in.stand_in.reset()
    assert await stand_in.requests() == []
    assert (await complete(sdk)).choices[0].message.content.startswith("¡Hola!")
