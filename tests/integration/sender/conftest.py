from collections.abc import AsyncIterator

import pytest

from remanso.bus import Bus
from remanso.store import Store
from tests.support.graph_receiver import GraphReceiver, graph_receiver
from tests.support.senders import Senders


@pytest.fixture(scope="module")
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url, pool_size=20) as connected:
        yield connected


@pytest.fixture
async def graph() -> AsyncIterator[GraphReceiver]:
    async with graph_receiver() as receiver:
        yield receiver


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[Bus]:
    async with Bus.connect(amqp_url, "test") as connected:
        yield connected


@pytest.fixture
async def senders(store: Store, bus: Bus, graph: GraphReceiver) -> AsyncIterator[Senders]:
    found = Senders(store, bus, graph.url)
    yield found
    await found.close()
