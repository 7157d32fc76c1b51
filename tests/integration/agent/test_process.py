"""How turns come to an agent, and how an agent process lives and stops: a real broker, a real process."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from remanso.bus import Bus
from remanso.bus.topology import AGENT_TURN_READY
from remanso.events import TurnReady, wrap
from remanso.model.turn import TurnState
from remanso.plugin.registry import load_client
from remanso.runtime.slots import Slots
from remanso.store.turns import Turn
from services.agent.asking import ModelReply, ModelRequest, ModelUnavailable
from services.agent.intake import Intake
from services.agent.places import Places
from tests.support.agents import Bench, ScriptedModel, reply, results_in
from tests.support.imports import passing_imports
from tests.support.lone_simulator import Business
from tests.support.pairing import assert_all_pair
from tests.support.waiting import eventually

CLIENTS = Path(__file__).parents[3] / "clients"


async def answered(bench: Bench, turn: Turn) -> bool:
    return (await bench.now(turn)).state == TurnState.ANSWERED


def greeting() -> ScriptedModel:
    return ScriptedModel(lambda request: reply("Hola."))


async def test_an_announced_turn_is_worked_on_once_however_often_it_is_announced(bench: Bench, amqp_url: str) -> None:
    model, turn = greeting(), await bench.turn("hola")
    slots = Slots(2)
    intake = Intake(bench.store, Places(slots, [bench.client]), bench.desk(model), asyncio.Event())
    async with Bus.connect(amqp_url, "agent") as bus, bus.consume(AGENT_TURN_READY, intake.handle, prefetch=1):
        ready = [wrap(TurnReady(turn_id=turn.id), bench.client.name) for _ in range(3)]
        await bus.publisher.publish(*ready)
        await eventually(lambda: answered(bench, turn))
    await slots.drain(5)
    assert len(model.asked) == 1
    assert await bench.texts(turn) == ["Hola."]


async def test_a_turn_whose_announcement_was_lost_is_found(bench: Bench) -> None:
    turn = await bench.turn("hola")
    slots = Slots(2)
    intake = Intake(bench.store, Places(slots, [bench.client]), bench.desk(greeting()), asyncio.Event())
    await bench.execute("UPDATE turns SET sealed_at = now() - INTERVAL '2 s' WHERE id = :id", id=turn.id)
    await intake.sweep()
    await eventually(lambda: answered(bench, turn))
    await slots.drain(5)


async def test_a_full_agent_takes_nothing_and_stops_waiting_when_it_stops(bench: Bench, amqp_url: str) -> None:
    stopping, slots = asyncio.Event(), Slots(1)
    model = ScriptedModel(
        lambda request: reply("Hola.") if results_in(request) else reply("", ("look", '{"query":"a"}'))
    )
    intake = Intake(bench.store, Places(slots, [bench.client]), bench.desk(model), stopping)
    bench.runs.gate.clear()
    first, second = await bench.turn("uno"), await bench.turn("dos")
    await bench.execute("UPDATE turns SET sealed_at = now() - INTERVAL '2 s' WHERE state = 'open'")
    async with (
        asyncio.timeout(20),
        Bus.connect(amqp_url, "agent") as bus,
        bus.consume(AGENT_TURN_READY, intake.handle, prefetch=1),
    ):
        await bus.publisher.publish(wrap(TurnReady(turn_id=first.id), bench.client.name))
        await bench.runs.begun.wait()
        await bus.publisher.publish(wrap(TurnReady(turn_id=second.id), bench.client.name))
        await intake.sweep()
        assert (await bench.now(second)).attempt == 0
        stopping.set()
    bench.runs.gate.set()
    await slots.drain(5)
    assert await answered(bench, first)
    assert (await bench.now(second)).state == TurnState.OPEN


async def test_a_turn_of_a_client_that_is_not_loaded_waits(bench: Bench) -> None:
    turn = await bench.turn("hola")
    desk = bench.desk(greeting())
    await replace(desk, registry=replace(desk.registry, clients={})).take(turn.id)
    waiting = await bench.now(turn)
    assert (waiting.state, waiting.reason) == (TurnState.OPEN, "client not loaded")


async def test_a_bug_is_tried_again_and_then_given_up(bench: Bench) -> None:
    def broken(request: object) -> object:
        raise ZeroDivisionError

    turn = await bench.turn("hola")
    desk = bench.desk(ScriptedModel(broken))  # type: ignore[arg-type]
    for _ in range(9):
        await desk.take(turn.id)
        await bench.expire(turn)
    ended = await bench.now(turn)
    assert (ended.state, ended.reason) == (TurnState.FAILED, "internal error: ZeroDivisionError")
    assert await bench.texts(turn) == ["No pude."]


async def test_a_long_outage_makes_no_bug_fatal(bench: Bench) -> None:
    """The model is away for hours; then the turn meets its first bug; then it is answered."""
    troubles: list[Exception] = [ZeroDivisionError(), *(ModelUnavailable("circuit_open") for _ in range(20))]

    def troubled(request: ModelRequest) -> ModelReply:
        if troubles:
            raise troubles.pop()
        return reply("Hola.")

    turn = await bench.turn("hola")
    desk = bench.desk(ScriptedModel(troubled))
    while troubles:
        await desk.take(turn.id)
        waiting = await bench.now(turn)
        assert waiting.state == TurnState.OPEN
        await bench.expire(turn)
    assert (waiting.failures, waiting.bugs) == (21, 1)
    await desk.take(turn.id)
    assert await answered(bench, turn)


@pytest.fixture
def emprendemy(bench: Bench) -> Iterator[Bench]:
    with passing_imports():
        yield replace(bench, client=load_client(CLIENTS / "emprendemy", with_tools=True, environ={}))


@asynccontextmanager
async def agent_process(
    database_url: str, amqp_url: str, simulator: Business, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REMANSO_")}
    settings = {
        "REMANSO_DATABASE_URL": database_url,
        "REMANSO_AMQP_URL": amqp_url,
        "REMANSO_CLIENTS_DIR": str(CLIENTS),
        "REMANSO_OPENAI_BASE_URL": f"{simulator.simulator_url}/openai/v1",
        "REMANSO_OPENAI_API_KEY": "a-key",
        "REMANSO_OPS_HOST": "127.0.0.1",
        "REMANSO_OPS_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.agent",
        env=kept | settings | environment,
        cwd=CLIENTS.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_process_answers_a_burst_for_emprendemy_and_stops_cleanly(
    emprendemy: Bench, database_url: str, amqp_url: str, simulator: Business
) -> None:
    turn = await emprendemy.turn("Hola! soy Ana", "qué cursos de marketing tienen?", "y cuánto salen?")
    async with agent_process(database_url, amqp_url, simulator) as process:
        await eventually(lambda: answered(emprendemy, turn), within=40)
        process.send_signal(signal.SIGTERM)
        output, _ = await process.communicate()
    texts = await emprendemy.texts(turn)
    assert process.returncode == 0, output.decode()
    assert assert_all_pair(asked["body"] for asked in await simulator.control("GET", "openai/requests")) >= 2
    assert "https://emprendemy.example/inscripcion/marketing-digital" in "\n".join(texts)
    assert any(call.name == "search_courses" for call in await emprendemy.calls(turn))
    assert "marketing tienen" not in output.decode(), "what people say stays out of the log"
    assert '"turn.worked"' in output.decode()


async def test_a_stopped_process_gives_back_what_it_could_not_finish(
    emprendemy: Bench, database_url: str, amqp_url: str, simulator: Business
) -> None:
    async with httpx.AsyncClient(base_url=simulator.simulator_url) as http:
        await http.post("/control/openai/faults", json={"faults": [{"kind": "slow", "seconds": 60, "times": 1}]})
        turn = await emprendemy.turn("hola")
        async with agent_process(database_url, amqp_url, simulator) as process:

            async def held() -> bool:
                return (await emprendemy.now(turn)).attempt == 1

            await eventually(held, within=40)
            process.send_signal(signal.SIGTERM)
            output, _ = await process.communicate()
        await http.post("/control/reset")
    assert process.returncode == 0, output.decode()
    async with emprendemy.store.transaction() as tx:
        assert turn.id in await tx.turns.free(10, timedelta()), output.decode()
