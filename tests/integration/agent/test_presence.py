"""Contacts see that they were read and that somebody writes: while an agent works, never once the answer is stored."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from remanso.channels.whatsapp.client import GraphClient
from remanso.model.turn import TurnState
from services.agent.asking import ModelReply, ModelRequest
from services.agent.desk import Desk
from services.agent.presence import Presence
from tests.support.agents import Bench, ScriptedModel, reply
from tests.support.waiting import eventually
from tests.unit.simulator.graph_server import TOKEN, Stage, running_stage


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with running_stage() as running:
        yield running


@pytest.fixture
async def graph(stage: Stage) -> AsyncIterator[GraphClient]:
    await stage.order("reset")
    async with GraphClient(f"{stage.origin}/graph", "v25.0", 2.0) as client:
        yield client


class WaitingModel(ScriptedModel):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__(lambda request: reply("Hay varios."))
        self.let = asyncio.Event()

    async def ask(self, request: ModelRequest) -> ModelReply:
        await self.let.wait()
        return await super().ask(request)


def desk_of(bench: Bench, model: ScriptedModel, presence: Presence, **section: bool) -> Desk:
    known = bench.client.config.model_copy(update={"presence": bench.client.config.presence.model_copy(update=section)})
    token = {"access_token": SecretStr(TOKEN)}
    client = replace(bench.client, config=known, secrets=token)
    desk = replace(bench, client=client).desk(model)
    return replace(desk, presence=presence)


def reads(stage: Stage) -> list[bool]:
    """Of each read receipt, whether it showed somebody typing."""
    return ["typing_indicator" in one.payload for one in stage.simulator.graph.requests if one.kind == "read"]


async def test_shown_at_once_and_again_until_the_answer(bench: Bench, stage: Stage, graph: GraphClient) -> None:
    turn, model = await bench.turn("hola"), WaitingModel()
    working = asyncio.create_task(desk_of(bench, model, Presence(graph, renew_seconds=0.05)).take(turn.id))
    await eventually(lambda: len(reads(stage)) >= 3)
    model.let.set()
    await working
    shown = len(reads(stage))
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    await asyncio.sleep(0.2)
    assert reads(stage) == [True] * shown


@pytest.mark.parametrize(
    ("section", "expected"), [({"typing": False}, [False]), ({"typing": False, "read": False}, [])]
)
async def test_clients_may_do_without(
    bench: Bench, stage: Stage, graph: GraphClient, section: dict[str, bool], expected: list[bool]
) -> None:
    turn, model = await bench.turn("hola"), WaitingModel()
    working = asyncio.create_task(desk_of(bench, model, Presence(graph, renew_seconds=0.05), **section).take(turn.id))
    await eventually(lambda: len(reads(stage)) >= len(expected))
    model.let.set()
    await working
    assert reads(stage) == expected


async def test_a_graph_that_hangs_delays_nothing(bench: Bench, stage: Stage, graph: GraphClient) -> None:
    await stage.fail("timeout_before", times=None, on="reads")
    turn = await bench.turn("hola")
    desk = desk_of(bench, ScriptedModel(lambda request: reply("Hay varios.")), Presence(graph))
    async with asyncio.timeout(1.5):
        await desk.take(turn.id)
    assert await bench.texts(turn) == ["Hay varios."]
    await stage.order("graph/faults", "DELETE")


async def test_a_turn_that_is_not_ours_any_more_is_not_shown(bench: Bench, stage: Stage, graph: GraphClient) -> None:
    turn, model = await bench.turn("hola"), WaitingModel()
    working = asyncio.create_task(desk_of(bench, model, Presence(graph, renew_seconds=0.05)).take(turn.id))
    await eventually(lambda: len(reads(stage)) >= 1)
    async with bench.store.transaction() as tx:  # as another agent's claim does
        await tx.connection.execute(text("UPDATE turns SET attempt = attempt + 1 WHERE id = :id"), {"id": turn.id})
    await asyncio.sleep(0.2)
    shown = len(reads(stage))
    await asyncio.sleep(0.3)
    assert len(reads(stage)) == shown
    model.let.set()
    await working
