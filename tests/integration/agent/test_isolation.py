"""One client's crash, slowness or bad files never touch another one: a rude client and a well-behaved one, together."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from remanso.model.turn import TurnState
from remanso.plugin.registry import Registry, load_clients
from remanso.runtime.seeds import plant_seeds
from remanso.runtime.slots import Slots
from services.agent.asking import ModelReply, ModelRequest
from services.agent.desk import Desk
from services.agent.intake import Intake
from services.agent.places import Places
from tests.support.agents import Bench, ScriptedModel, reply, results_in
from tests.support.clients import TEST_CLIENTS
from tests.support.imports import passing_imports
from tests.support.waiting import eventually


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """The rude client and the shop beside a third one whose file cannot even be read."""
    for name in ("rude", "shop", "broken"):
        (tmp_path / name).symlink_to(TEST_CLIENTS / name)
    with passing_imports():
        yield load_clients(tmp_path, with_tools=True, environ={})
        sys.modules["rude_bot"].LEAVE.set()


@pytest.fixture
def rude(bench: Bench, registry: Registry) -> Bench:
    return replace(bench, client=registry.clients["rude"])


@pytest.fixture
def shop(bench: Bench, registry: Registry) -> Bench:
    return replace(bench, client=registry.clients["shop"])


def calls(tool: str) -> ScriptedModel:
    """A model that has the rude client call its tool, and greets the shop's customers."""

    def reply_to(request: ModelRequest) -> ModelReply:
        rude = any(offered.name == tool for offered in request.tools)
        return reply("", (tool, "{}")) if rude and not results_in(request) else reply("Hola.")

    return ScriptedModel(reply_to)


def agent(bench: Bench, registry: Registry, tool: str = "hang") -> Desk:
    """One agent that serves both."""
    return replace(bench.desk(calls(tool)), registry=registry)


async def test_whoever_cannot_be_loaded_is_named_and_the_others_are_served(registry: Registry) -> None:
    assert registry.clients.keys() == {"rude", "shop"}
    assert "not TOML" in registry.broken["broken"]


@pytest.mark.parametrize("tool", ["explode", "leave", "rave", "mumble"])
async def test_a_tool_that_fails_in_any_way_fails_alone(rude: Bench, registry: Registry, tool: str) -> None:
    turn = await rude.turn("do it")
    await agent(rude, registry, tool).take(turn.id)
    (call,) = await rude.calls(turn)
    assert json.loads(call.result or "")["error"]["code"] == "failed"
    assert await rude.texts(turn) == ["Hola."]


@pytest.mark.parametrize("words", ["raise", "leave", "hang", "rave", "nothing"])
async def test_a_hook_that_fails_in_any_way_leaves_the_burst_to_the_model(
    rude: Bench, registry: Registry, words: str
) -> None:
    turn = await rude.turn(words)
    with capture_logs() as told:
        await agent(rude, registry, "nobody's").take(turn.id)
    assert await rude.texts(turn) == ["Hola."]
    failed = {line["hook"] for line in told if line["event"] in ("hook.failed", "hook.late")}
    assert failed == {"on_message", "before_step"}
    assert "secret" not in str(told)


async def test_seeds_and_rows_that_do_not_fit_are_named_and_skipped(rude: Bench, registry: Registry) -> None:
    with capture_logs() as told:
        await plant_seeds(rude.store, registry, refresh=False)
    assert [(line["event"], line["client"]) for line in told] == [("seeds.broken", "rude")]
    async with rude.store.transaction() as tx:
        await tx.collections.save("rude", "things", "a", {"name": "A thing", "price": "a lot"}, author="somebody")
        await tx.collections.save("rude", "things", "b", {"name": "B", "price": 5}, author="somebody")
    turn = await rude.turn("what is there")
    await agent(rude, registry, "look_up").take(turn.id)
    (call,) = await rude.calls(turn)
    assert json.loads(call.result or "") == {"things": ["B"]}


async def test_a_client_whose_tools_hang_does_not_keep_anybody_waiting(
    rude: Bench, shop: Bench, registry: Registry
) -> None:
    """Six turns hang, and would fill all four slots; the shop's customers are answered before the first one ends."""
    hanging = [await rude.turn("hang on") for _ in range(6)]
    served = [await shop.turn("hola") for _ in range(6)]
    await rude.execute("UPDATE turns SET sealed_at = sealed_at - INTERVAL '2 s' WHERE state = 'open'")
    slots = Slots(4)
    intake = Intake(rude.store, Places(slots, registry.clients.values()), agent(rude, registry), asyncio.Event())

    async def all_served() -> bool:
        await intake.sweep()
        return all([(await shop.now(turn)).state == TurnState.ANSWERED for turn in served])

    await eventually(all_served)
    states = [await rude.now(turn) for turn in hanging]
    assert {turn.state for turn in states} == {TurnState.OPEN}
    assert sum(turn.attempt for turn in states) == rude.client.config.limits.turns_at_once == 2
    await slots.drain(0)
    async with rude.store.transaction() as tx:
        free = await tx.turns.free(100, timedelta())
    assert {turn.id for turn in hanging} <= free.keys(), "another agent may go on with them at once"
