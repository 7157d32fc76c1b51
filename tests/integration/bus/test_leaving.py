"""A consumer that is stopped ends soon, whichever of its peers is away or hangs; what it had in hand comes again."""

import asyncio
from collections.abc import Sequence

import pytest

from remanso.bus import Bus, Received, bus, consumer
from remanso.bus.topology import AGENT_TURN_READY
from remanso.errors import StoreUnavailable
from tests.support.child import child
from tests.support.events import turn_ready
from tests.support.rabbitmq import Broker
from tests.support.school import person, said
from tests.support.tcp_proxy import TcpProxy, proxy_for, through
from tests.support.waiting import eventually

SECONDS = 10.0
"""Farewells to a broker that is away take two seconds each."""

DEBOUNCER = """
import runpy
from remanso.bus import consumer
consumer.RETURN_AFTER_SECONDS = 0.0
runpy.run_module("services.debouncer", run_name="__main__")
"""


async def down(_: Sequence[Received]) -> None:
    raise StoreUnavailable("down")


async def test_it_does_not_wait_for_a_peer_that_hangs(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "RETURN_AFTER_SECONDS", 0.0)
    asked = asyncio.Event()

    async def hanging() -> bool:
        asked.set()
        await asyncio.Event().wait()
        return True

    async with Bus.connect(broker.url, "test") as connected:
        await connected.publisher.publish(turn_ready())
        async with asyncio.timeout(SECONDS):
            async with connected.consume(AGENT_TURN_READY, down, prefetch=1, ready=hanging):
                await asked.wait()
    await eventually(lambda: _depth_is(broker, 1))


async def test_it_does_not_wait_for_the_broker_when_the_peer_is_back(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RETURN_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(consumer, "LOOK_SECONDS", 0.01)
    looks = 0

    async with proxy_for(broker.url) as proxy, Bus.connect(through(proxy, broker.url), "test") as connected:

        async def back_when_the_broker_has_gone() -> bool:
            nonlocal looks
            looks += 1
            if looks == 2:
                proxy.vanish()
            return looks >= 2

        await connected.publisher.publish(turn_ready())
        async with asyncio.timeout(SECONDS):
            async with connected.consume(AGENT_TURN_READY, down, prefetch=1, ready=back_when_the_broker_has_gone):
                await eventually(lambda: looks >= 2)
                await eventually(lambda: not connected.listening())
    await eventually(lambda: _depth_is(broker, 1))


async def test_a_batch_whose_peer_hangs_is_cut_off_and_comes_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "LAST_BATCH_SECONDS", 0.1)
    entered = asyncio.Event()

    async def hang(_: Sequence[Received]) -> None:
        entered.set()
        await asyncio.Event().wait()

    async with Bus.connect(broker.url, "test") as connected:
        await connected.publisher.publish(turn_ready())
        async with asyncio.timeout(SECONDS):
            async with connected.consume(AGENT_TURN_READY, hang, prefetch=1):
                await entered.wait()
    await eventually(lambda: _depth_is(broker, 1))


@pytest.mark.parametrize("database_first", [True, False], ids=["the database is back", "both are away"])
async def test_sigterm_ends_a_debouncer_whose_peers_are_both_away(
    amqp_url: str, database_url: str, database_first: bool
) -> None:
    async with (
        proxy_for(amqp_url) as broker,
        proxy_for(database_url) as database,
        child(DEBOUNCER, _by_way_of(broker, amqp_url, database, database_url)) as debouncer,
    ):
        await debouncer.until("service.started")
        database.vanish()
        await _one_message(amqp_url)
        await debouncer.until("bus.away")
        broker.vanish()
        await debouncer.until("bus.connection_lost")
        if database_first:
            await database.listen()
            await debouncer.until("bus.waiting_for_broker")
        debouncer.process.terminate()
        assert await debouncer.ended() == 0


def _by_way_of(broker: TcpProxy, amqp_url: str, database: TcpProxy, database_url: str) -> dict[str, str]:
    return {
        "REMANSO_AMQP_URL": through(broker, amqp_url),
        "REMANSO_DATABASE_URL": through(database, database_url),
        "REMANSO_CLIENTS_DIR": "clients",
    }


async def _one_message(amqp_url: str) -> None:
    async with Bus.connect(amqp_url, "test") as connected:
        await connected.publisher.publish(said(person(), client="emprendemy"))


async def _depth_is(broker: Broker, depth: int) -> bool:
    return await broker.depth(AGENT_TURN_READY.name) == depth
