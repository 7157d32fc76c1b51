"""Events that everybody may hear and nobody has to: an exclusive queue of this process, gone with its connection."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from remanso.bus import topology
from remanso.bus.connection import parting
from remanso.events import Envelope, decode

OVERHEARD = "overheard"
"""How the names of such queues begin."""
MOST_WAITING = 10_000
"""Older ones are dropped when nobody takes them: they are hints."""

Hear = Callable[[Envelope], None]
"""Must not wait: it runs in the broker's callback."""


@contextlib.asynccontextmanager
async def overhear(
    connection: AbstractRobustConnection, routing_key: str, hear: Hear, missed: Callable[[], None]
) -> AsyncIterator[None]:
    """See `Bus.overhear`. The queue has a name of ours: the broker's own names cannot be declared a second time."""

    async def take(message: AbstractIncomingMessage) -> None:
        for envelope in decode(message.body):
            if isinstance(envelope, Envelope):
                hear(envelope)

    def back(*_: Any) -> None:
        missed()

    channel = connection.channel(publisher_confirms=False)
    await channel.initialize(timeout=topology.RPC_SECONDS)
    try:
        queue = await channel.declare_queue(
            f"{OVERHEARD}.{routing_key}.{uuid4().hex}",
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": MOST_WAITING},
            timeout=topology.RPC_SECONDS,
        )
        await queue.bind(topology.EVENTS.name, routing_key=routing_key, timeout=topology.RPC_SECONDS)
        tag = await queue.consume(take, no_ack=True, timeout=topology.RPC_SECONDS)
        connection.reconnect_callbacks.add(back)
        try:
            yield
        finally:
            connection.reconnect_callbacks.discard(back)
            async with parting():
                await queue.cancel(tag)
    finally:
        async with parting():
            await channel.close()
