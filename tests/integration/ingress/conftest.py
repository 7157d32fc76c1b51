"""Emprendemy's ingress on a vhost of its own, and the broker behind it as an operator sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fleet.local.rabbitmq import RabbitServer
from tests.support.ingress import Ingress, ingress, registry_of
from tests.support.rabbitmq import Broker, broker_view


@pytest.fixture
async def broker(rabbitmq: RabbitServer, amqp_url: str) -> AsyncIterator[Broker]:
    async with broker_view(amqp_url, rabbitmq) as view:
        yield view


@pytest.fixture
async def emprendemy(tmp_path: Path, broker: Broker) -> AsyncIterator[Ingress]:
    """An ingress with one client."""
    async with ingress(registry_of(tmp_path, "emprendemy"), broker.url) as running:
        yield running


@pytest.fixture
async def several(tmp_path: Path, broker: Broker) -> AsyncIterator[Ingress]:
    """An ingress with three clients, two of them in one Meta app."""
    async with ingress(registry_of(tmp_path, "emprendemy", "second", "sister"), broker.url) as running:
        yield running
