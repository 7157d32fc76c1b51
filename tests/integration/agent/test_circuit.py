"""A model that keeps failing is let alone, and another one asked meanwhile."""

from contextlib import suppress
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.agent.asking import ModelRequest, ModelUnavailable
from services.agent.models.breaker import FAILURES, State
from services.agent.models.endpoints import Place
from tests.support.models import StandIn, connect, question, unavailable
from tests.support.waiting import eventually


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
