"""Emprendemy's dialogues on the real agent: what its tests promise in memory holds with rows and a model over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from remanso.plugin.registry import Registry, load_client
from remanso.runtime.seeds import plant_seeds
from remanso.testing import Dialogue, read_dialogues
from remanso.testing.dialogue import DialogueTurn
from services.agent.models.port import Models
from tests.support.agents import Bench
from tests.support.dialogues import play_for_real
from tests.support.imports import passing_imports
from tests.support.lone_simulator import Business

EMPRENDEMY = Path(__file__).parents[3] / "clients" / "emprendemy"


@pytest.fixture
async def emprendemy(bench: Bench) -> AsyncIterator[Bench]:
    with passing_imports():
        client = load_client(EMPRENDEMY, with_tools=True, environ={})
        await plant_seeds(bench.store, Registry({client.name: client}, {}), refresh=False)
        yield replace(bench, client=client)


@pytest.fixture
async def openai(simulator: Business) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=simulator.simulator_url) as http:
        (await http.post("/control/reset")).raise_for_status()
        yield http
        (await http.post("/control/reset")).raise_for_status()


@pytest.fixture
async def model(simulator: Business) -> AsyncIterator[Models]:
    async with Models.connect(f"{simulator.simulator_url}/openai/v1", "a-key") as connected:
        yield connected


@pytest.mark.parametrize("dialogue", read_dialogues(EMPRENDEMY / "tests" / "dialogues"), ids=str)
async def test_a_dialogue(emprendemy: Bench, model: Models, openai: httpx.AsyncClient, dialogue: Dialogue) -> None:
    assert await play_for_real(emprendemy, model, openai, dialogue) == []


async def test_what_a_dialogue_gets_wrong_is_told(emprendemy: Bench, model: Models, openai: httpx.AsyncClient) -> None:
    turn = DialogueTurn.model_validate(
        {
            "contact": ["soy Ana"],
            "arrives": ["Chau."],
            "known": {"name": "Eva"},
            "handoff": "reclamo…",
            "model": [
                {"calls": [{"tool": "save_contact", "arguments": {"name": "Ana"}, "gives": {"ok": False}}]},
                {"says": "Hola."},
            ],
        }
    )
    told = await play_for_real(emprendemy, model, openai, Dialogue(title="wrong", turns=(turn,)))
    assert [line.split()[2] for line in told] == ["arrived", "save_contact", "known", "a"]
