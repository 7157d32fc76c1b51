"""Where the model port meets rows: what was thought is kept with its step; a filtered question ends its turn."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from remanso.model.turn import TurnState
from services.agent.models.port import Models
from tests.support.agents import Bench, made_up_client
from tests.support.lone_simulator import Business
from tests.support.pairing import assert_all_pair

THINKING = {"model": "gpt-6-luna", "api": "responses", "reasoning_effort": "low"}


@pytest.fixture
async def control(simulator: Business) -> AsyncIterator[httpx.AsyncClient]:
    """The stand-in's control API."""
    async with httpx.AsyncClient(base_url=f"{simulator.simulator_url}/control") as http:
        (await http.post("/reset")).raise_for_status()
        yield http
        assert_all_pair(asked["body"] for asked in (await http.get("/openai/requests")).json())
        (await http.post("/reset")).raise_for_status()


@pytest.fixture
async def model(simulator: Business) -> AsyncIterator[Models]:
    async with Models.connect(f"{simulator.simulator_url}/openai/v1", "a-key") as connected:
        yield connected


async def test_what_was_thought_goes_on_in_another_agent(
    bench: Bench, control: httpx.AsyncClient, model: Models
) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, model=THINKING))
    calling = {"text": "Ya miro.", "tool_calls": [{"name": "look", "arguments": {"query": "a"}}]}
    await control.post("/openai/script", json={"replies": [calling, {"text": "Es eso."}]})
    turn = await bench.turn("qué es a?")
    bench.runs.gate.clear()
    killed = asyncio.create_task(bench.desk(model).take(turn.id))
    await bench.runs.begun.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    bench.runs.gate.set()
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Ya miro.", "Es eso."]
    first, second = (await control.get("/openai/requests")).json()
    thought = first["response"]["output"][0]
    (shown,) = [item for item in second["body"]["input"] if item["type"] == "reasoning"]
    assert shown["encrypted_content"] == thought["encrypted_content"]


async def test_a_step_without_thoughts_stores_none(bench: Bench, control: httpx.AsyncClient, model: Models) -> None:
    turn = await bench.turn("hola")
    await control.post("/openai/script", json={"replies": [{"text": "Hola."}]})
    await bench.desk(model).take(turn.id)
    assert await _steps(bench, turn.id) == [("kept", "stop", True)]


async def test_a_filtered_question_hands_over_to_a_person(
    bench: Bench, control: httpx.AsyncClient, model: Models
) -> None:
    fault = {"kind": "refused", "status": 400, "code": "content_filter", "times": 1}
    await control.post("/openai/faults", json={"faults": [fault]})
    turn = await bench.turn("algo feo")
    await bench.desk(model).take(turn.id)
    ended = await bench.now(turn)
    assert (ended.state, ended.reason) == (TurnState.FAILED, "model: content_filter")
    assert await bench.texts(turn) == ["No pude."]
    assert await _steps(bench, turn.id) == [("discarded", "content_filter", True)]


async def test_a_turn_waits_as_long_as_an_open_circuit_asks(
    bench: Bench, control: httpx.AsyncClient, model: Models
) -> None:
    await control.post("/openai/faults", json={"faults": [{"kind": "billing", "times": 1}]})
    turn = await bench.turn("hola")
    await bench.desk(model).take(turn.id)
    async with bench.store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT reason, extract(epoch FROM retry_at - now()) FROM turns WHERE id = :id"), {"id": turn.id}
        )
        reason, seconds = found.one()
    assert reason == "billing"
    assert 290 < seconds <= 300


async def _steps(bench: Bench, turn_id: Any) -> list[tuple[str, str, bool]]:
    """(outcome, finish reason, nothing thought) of each step."""
    async with bench.store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT outcome, finish_reason, reasoning IS NULL FROM steps WHERE turn_id = :id ORDER BY number"),
            {"id": turn_id},
        )
        return [(row[0], row[1], row[2]) for row in found]
