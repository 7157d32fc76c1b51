"""An agent may die at any line. Whoever comes next goes on: nothing is said twice, nothing is paid twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import structlog

from remanso.errors import StoreUnavailable
from remanso.model.turn import CallState, TurnState
from remanso.store import Store, Transaction
from services.agent.asking import ModelReply, ModelRequest
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, made_up_client, reply, results_in
from tests.support.waiting import eventually

SHORT, NO_GRACE = timedelta(seconds=0.6), timedelta()


def look_then_greet(request: ModelRequest) -> ModelReply:
    return reply("Hola.") if results_in(request) else reply("", ("look", '{"query":"a"}'))


def busy_turn(request: ModelRequest) -> ModelReply:
    """Announces, looks twice and pays in one step, describes in the next, then answers."""
    done = len(results_in(request))
    if done == 0:
        asked = ("look", '{"query":"a"}'), ("look", '{"query":"b"}'), ("pay", '{"amount":5}')
        return reply("Ya lo hago.", *asked)
    return reply("", ("describe", "{}")) if done == 3 else reply("Hecho.")


async def crash_and_resume(bench: Bench, border: int, *, before: bool) -> bool:
    """One agent dies at a border, another finishes. False when there was no such border to die at."""
    turn = await bench.turn("pagá y contame")
    dying = CrashingStore(bench.store, border, before=before)
    try:
        await bench.desk(ScriptedModel(busy_turn), store=dying).take(turn.id)
        return False
    except Crash:
        await bench.expire(turn)
    await bench.desk(ScriptedModel(busy_turn)).take(turn.id)

    assert (await bench.now(turn)).state == TurnState.ANSWERED
    assert await bench.texts(turn) == ["Ya lo hago.", "Ocho semanas, en vivo.", "Hecho."]
    assert await bench.log(turn) == [
        ("contact", "pagá y contame"),
        ("bot", "Ya lo hago."),
        ("bot", ""),
        ("bot", "Hecho."),
    ]
    payments = len([key for key in bench.runs.of("pay") if key.startswith(str(turn.id))])
    (paid,) = [call for call in await bench.calls(turn) if call.name == "pay"]
    assert payments <= 1
    assert (payments == 1) or paid.state == CallState.UNKNOWN
    assert await bench.outcomes(turn) == ["kept", "kept", "kept"]
    return True


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_a_turn_survives_a_crash_at_every_border(bench: Bench, before: bool) -> None:
    border = 1
    while await crash_and_resume(bench, border, before=before):
        border += 1
    assert border > 10, "a busy turn has many borders"


async def test_a_suspended_agent_that_wakes_up_stores_nothing(bench: Bench) -> None:
    asleep, wake = asyncio.Event(), asyncio.Event()

    class Suspended(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            asleep.set()
            await wake.wait()
            return await super().ask(request)

    turn = await bench.turn("hola")
    zombie = asyncio.create_task(bench.desk(Suspended(lambda request: reply("Del zombi."))).take(turn.id))
    await asleep.wait()
    await bench.expire(turn)
    await bench.desk(ScriptedModel(lambda request: reply("Del vivo."))).take(turn.id)
    wake.set()
    await zombie
    assert await bench.texts(turn) == ["Del vivo."]
    assert await bench.outcomes(turn) == ["kept"]
    assert (await bench.now(turn)).attempt == 2


async def test_a_write_tool_that_was_killed_is_not_run_again_and_the_model_is_told(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Lo verifico.") if results_in(request) else reply("", ("pay", '{"amount":5}'))

    turn = await bench.turn("cobrame")
    bench.runs.gate.clear()
    killed = asyncio.create_task(bench.desk(ScriptedModel(reply_to)).take(turn.id))
    await bench.runs.begun.wait()
    await bench.expire(turn)
    model = ScriptedModel(reply_to)
    await bench.desk(model).take(turn.id)
    bench.runs.gate.set()
    await killed

    assert len(bench.runs.of("pay")) == 1
    (call,) = await bench.calls(turn)
    assert call.state == CallState.UNKNOWN
    (told,) = results_in(model.asked[0])
    assert json.loads(told)["error"]["code"] == "outcome_unknown"
    assert await bench.texts(turn) == ["Lo verifico."]


@pytest.mark.parametrize(("name", "arguments"), [("look", '{"query":"a"}'), ("note", '{"name":"Ana"}')])
async def test_read_and_idempotent_tools_run_again_under_the_same_key(bench: Bench, name: str, arguments: str) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Listo.") if results_in(request) else reply("", (name, arguments))

    turn = await bench.turn("hacelo")
    bench.runs.gate.clear()
    async with asyncio.TaskGroup() as agents:
        agents.create_task(bench.desk(ScriptedModel(reply_to)).take(turn.id))
        await eventually(lambda: len(bench.runs.of(name)) == 1)
        await bench.expire(turn)
        agents.create_task(bench.desk(ScriptedModel(reply_to)).take(turn.id))
        await eventually(lambda: len(bench.runs.of(name)) == 2)
        bench.runs.gate.set()

    first, second = bench.runs.of(name)
    assert first == second == f"{turn.id}:call_0"
    assert [call.state for call in await bench.calls(turn)] == ["done"]
    assert await bench.texts(turn) == ["Listo."]


async def test_a_turn_that_is_held_is_left_alone(bench: Bench) -> None:
    turn = await bench.turn("hola")
    bench.runs.gate.clear()
    holder = ScriptedModel(look_then_greet)
    working = asyncio.create_task(bench.desk(holder).take(turn.id))
    await bench.runs.begun.wait()
    other = ScriptedModel(lambda request: reply("Yo también."))
    await bench.desk(other).take(turn.id)
    bench.runs.gate.set()
    await working
    assert other.asked == []
    assert await bench.texts(turn) == ["Hola."]


async def test_an_agent_that_is_stopped_gives_its_turn_back_at_once(bench: Bench) -> None:
    turn = await bench.turn("hola")
    bench.runs.gate.clear()
    model = ScriptedModel(look_then_greet)
    working = asyncio.create_task(bench.desk(model).take(turn.id))
    await bench.runs.begun.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    bench.runs.gate.set()
    async with bench.store.transaction() as tx:
        assert turn.id in await tx.turns.free(100, NO_GRACE)
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Hola."]


async def test_a_lost_lease_stops_the_work_while_it_runs(bench: Bench) -> None:
    turn = await bench.turn("hola")
    bench.runs.gate.clear()
    model = ScriptedModel(lambda request: reply("", ("look", '{"query":"a"}')))
    working = asyncio.create_task(bench.desk(model, ttl=SHORT).take(turn.id))
    await bench.runs.begun.wait()
    await bench.execute(
        "UPDATE turns SET attempt = attempt + 1, lease_until = now() + '1 h' WHERE id = :id", id=turn.id
    )
    async with asyncio.timeout(10):
        await working
    assert await bench.texts(turn) == []


async def test_a_long_turn_keeps_its_lease(bench: Bench) -> None:
    turn = await bench.turn("hola")
    bench.runs.gate.clear()
    model = ScriptedModel(look_then_greet)
    working = asyncio.create_task(bench.desk(model, ttl=SHORT).take(turn.id))
    await bench.runs.begun.wait()
    first = await bench.lease(turn)

    async def renewed() -> bool:
        return await bench.lease(turn) > first

    await eventually(renewed)
    bench.runs.gate.set()
    await working
    assert await bench.texts(turn) == ["Hola."]


class GoesAway(Store):
    """PostgreSQL, until it has committed that `turn_id` is closed."""

    def __init__(self, store: Store, turn_id: UUID) -> None:
        super().__init__(store._engine)
        self._turn_id = turn_id
        self._gone = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self._gone:
            raise StoreUnavailable("gone")
        async with super().transaction() as tx:
            yield tx
            turn = await tx.turns.get(self._turn_id)
            self._gone = turn is not None and turn.state != TurnState.OPEN


@pytest.mark.parametrize("answer", ["Hola.", ""], ids=["answered", "failed"])
async def test_a_turn_that_was_closed_has_its_line_though_postgresql_is_gone(bench: Bench, answer: str) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, limits={"steps": 1}))
    turn = await bench.turn("hola")
    with structlog.testing.capture_logs() as logged:
        await bench.desk(ScriptedModel(lambda _: reply(answer)), store=GoesAway(bench.store, turn.id)).take(turn.id)
    (line,) = [line for line in logged if line["event"] == "turn.worked"]
    assert line["outcome"] == ("answered" if answer else "failed")
    assert (await bench.now(turn)).state == line["outcome"]
