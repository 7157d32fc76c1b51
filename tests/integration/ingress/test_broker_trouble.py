"""While the bus cannot take an event, Meta is asked to come again; nothing that got a 200 is missing."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from remanso.bus.topology import DEBOUNCER_MESSAGE_RECEIVED, EVENTS
from tests.support.ingress import Ingress, events_in, ingress, registry_of
from tests.support.rabbitmq import Broker
from tests.support.tcp_proxy import TcpProxy, proxy_for, through
from tests.support.waiting import eventually
from tests.support.whatsapp import text_message, webhook


@pytest.fixture
async def proxy(amqp_url: str) -> AsyncIterator[TcpProxy]:
    async with proxy_for(amqp_url) as running:
        yield running


@pytest.fixture
async def proxied(tmp_path: Path, broker: Broker, proxy: TcpProxy) -> AsyncIterator[Ingress]:
    async with ingress(registry_of(tmp_path, "emprendemy"), through(proxy, broker.url)) as running:
        yield running


async def accepted(running: Ingress, wamid: str) -> bool:
    return await running.post(webhook(text_message(wamid))) == 200


async def test_an_unreachable_broker_is_503_until_it_is_back(proxied: Ingress, proxy: TcpProxy, broker: Broker) -> None:
    proxy.refuse()
    started = time.monotonic()
    assert await proxied.post(webhook(text_message("wamid.A"))) == 503
    assert time.monotonic() - started < 4.5
    proxy.flow()
    await eventually(lambda: accepted(proxied, "wamid.A"), within=30)
    assert {envelope.id for envelope in await events_in(broker, DEBOUNCER_MESSAGE_RECEIVED.name)}


async def test_a_stalled_broker_is_503_after_three_seconds(proxied: Ingress, proxy: TcpProxy, broker: Broker) -> None:
    assert await accepted(proxied, "wamid.A")
    proxy.stall()
    started = time.monotonic()
    assert await proxied.post(webhook(text_message("wamid.B"), statuses=[{}])) == 503
    assert 2.5 < time.monotonic() - started < 4.5
    proxy.flow()
    await eventually(lambda: accepted(proxied, "wamid.B"), within=30)
    assert len({envelope.id for envelope in await events_in(broker, DEBOUNCER_MESSAGE_RECEIVED.name)}) == 2


async def test_an_event_no_queue_takes_is_503(emprendemy: Ingress, broker: Broker) -> None:
    queue = await broker.channel.get_queue(DEBOUNCER_MESSAGE_RECEIVED.name)
    await queue.unbind(EVENTS.name, DEBOUNCER_MESSAGE_RECEIVED.routing_key)
    assert await emprendemy.post(webhook(text_message("wamid.A"))) == 503
    await queue.bind(EVENTS.name, DEBOUNCER_MESSAGE_RECEIVED.routing_key)
    assert await accepted(emprendemy, "wamid.A")
