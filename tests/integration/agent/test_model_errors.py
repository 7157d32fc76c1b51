"""What goes wrong between us and a model: what passes, what does not, and what is never asked again."""

import asyncio
from typing import Any

import pytest

from services.agent.asking import ContactText, ModelRefused, ModelUnavailable
from tests.support.models import StandIn, ask, connect, question, unavailable
from tests.support.waiting import eventually


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
