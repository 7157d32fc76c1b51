"""Fixtures of the agent's tests: a bench on real servers, and the OpenAI stand-in as a process of its own."""

from collections.abc import AsyncIterator

import pytest

from fleet.local.rabbitmq import RabbitServer
from remanso.bus import Bus
from remanso.store import Store
from tests.support import infrastructure
from tests.support.agents import Bench, Runs, made_up_client
from tests.support.lone_simulator import Business, lone_simulator


@pytest.fixture(scope="module")
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
async def bus(rabbitmq: RabbitServer) -> AsyncIterator[Bus]:
    async with infrastructure.vhost(rabbitmq) as url, Bus.connect(url, "tests") as opened:
        yield opened


@pytest.fixture
def bench(store: Store, bus: Bus) -> Bench:
    """A client with tools, and nobody working for it yet."""
    runs = Runs()
    return Bench(store, bus.publisher, made_up_client(runs), runs)


@pytest.fixture(scope="session")
async def simulator() -> AsyncIterator[Business]:
    """The stand-ins for Meta and OpenAI, over real sockets."""
    async with lone_simulator() as business:
        yield business
