"""The agent over HTTP against another independent peer: a dialogue of two turns, through both APIs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from services.agent.models.port import Models
from tests.support import school
from tests.support.agents import Bench, made_up_client
from tests.support.aimock import AiMock, aimock
from tests.support.pairing import assert_all_pair

CALLS = [
    {"id": "call_a", "name": "look", "arguments": {"query": "cerámica"}},
    {"id": "call_b", "name": "look", "arguments": {"query": "costura"}},
]
FIXTURES: list[dict[str, Any]] = [
    {"match": {"userMessage": "horarios"}, "response": {"content": "Siempre hay alguien."}},
    {"match": {"userMessage": "cursos", "hasToolResult": True}, "response": {"content": "Hay varios."}},
    {"match": {"userMessage": "cursos"}, "response": {"content": "Ya miro.", "toolCalls": CALLS}},
]


@pytest.fixture(scope="module")
async def peer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AiMock]:
    async with aimock(tmp_path_factory.mktemp("aimock"), FIXTURES) as running:
        yield running


@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_a_dialogue_with_two_calls_and_a_second_turn(bench: Bench, peer: AiMock, api: str) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, model={"model": "gpt-6-luna", "api": api}))
    sender, before = school.person(), len(peer.bodies)
    async with Models.connect(peer.base_url, "a-key") as model:
        first = await bench.turn("¿qué cursos hay?", sender=sender)
        await bench.desk(model).take(first.id)
        assert await bench.texts(first) == ["Ya miro.", "Hay varios."]
        second = await bench.turn("¿y los horarios?", sender=sender)
        await bench.desk(model).take(second.id)
    assert await bench.texts(second) == ["Ya miro.", "Hay varios.", "Siempre hay alguien."]
    assert [call.call_id for call in await bench.calls(first)] == ["call_a", "call_b"]
    bodies = peer.bodies[before:]
    assert assert_all_pair(bodies) == 3
    assert "call_a" in str(bodies[-1]), "the second turn is shown the first"
