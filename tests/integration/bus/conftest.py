"""A vhost of its own for each test, and the two views of it: our bus and the broker's."""

from collections.abc import AsyncIterator

import pytest

from fleet.local.rabbitmq import RabbitServer
from tests.support.rabbitmq import Broker, broker_view


@pytest.fixture
async def broker(rabbitmq: RabbitServer, amqp_url: str) -> AsyncIterator[Broker]:
    """The broker as an operator sees it."""
    async with broker_view(amqp_url, rabbitmq) as view:
        yield view
