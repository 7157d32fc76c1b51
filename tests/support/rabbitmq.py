"""A test's own view of the broker, past our bus: put raw bytes in, look into queues, cut connections."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from fleet.local.rabbitmq import RabbitServer
from remanso.bus import topology


@dataclass(frozen=True)
class Broker:
    """One vhost, as a test sees it."""

    url: str
    management_url: str | None
    channel: AbstractChannel

    async def depth(self, queue: str) -> int:
        """Messages ready in `queue`."""
        declared = await self.channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count or 0

    async def put(self, routing_key: str, body: bytes) -> None:
        exchange = await self.channel.get_exchange(topology.EVENTS.name)
        await exchange.publish(aio_pika.Message(body), routing_key)

    async def take_all(self, queue: str) -> list[AbstractIncomingMessage]:
        """Everything ready in `queue`, taken out."""
        declared = await self.channel.get_queue(queue)
        messages = []
        while message := await declared.get(fail=False, no_ack=True):
            messages.append(message)
        return messages

    async def close_all_connections(self, of: str) -> int:
        """Have the broker end every connection whose name begins with `of`, as an operator would. Gives how many."""
        if self.management_url is None:
            pytest.skip("a broker given by its URL has no management address")
        vhost = quote(self.url.rpartition("/")[2] or "/", safe="")
        async with httpx.AsyncClient(base_url=f"{self.management_url}/api") as management:
            found = (await management.get(f"/vhosts/{vhost}/connections")).raise_for_status().json()
            names = [
                c["name"] for c in found if c.get("client_properties", {}).get("connection_name", "").startswith(of)
            ]
            for name in names:
                await management.delete(f"/connections/{quote(name, safe='')}")
        return len(names)


@contextlib.asynccontextmanager
async def broker_view(url: str, server: RabbitServer) -> AsyncIterator[Broker]:
    """Look into the vhost at `url`; our topology is there and empty."""
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        await topology.declare_all(channel)
        for name in (*(queue.name for queue in topology.QUEUES), topology.DEAD_QUEUE):
            await (await channel.get_queue(name)).purge()
        yield Broker(url, server.management_url, channel)
