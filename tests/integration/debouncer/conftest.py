from collections.abc import AsyncIterator

import pytest

from fleet.local.rabbitmq import RabbitServer
from remanso.bus import Bus
from remanso.store import Store
from tests.support.rabbitmq import Broker, broker_view


@pytest.fixture(scope="module")
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url, pool_size=20) as connected:
        yield connected


@pytest.fixture
async def broker(rabbitmq: RabbitServer, amqp_url: str) -> AsyncIterator[Broker]:
    """The broker as an operator sees it, its queues empty."""
    async with broker_view(amqp_url, rabbitmq) as view:
        yield view


@pytest.fixture
async def bus(broker: Broker) -> AsyncIterator[Bus]:
    async with Bus.connect(broker.url, "test") as connected:
        yield connected
