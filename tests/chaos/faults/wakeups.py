"""Wake-ups on the bus: each one many times, or none at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from remanso.bus.topology import AGENT_TURN_READY, EVENTS, SENDER_DELIVERY_READY, SENDER_MODEL_UNAVAILABLE
from tests.chaos.faults.field import Field

WAKE_UPS = (AGENT_TURN_READY, SENDER_DELIVERY_READY)
COPIES = 4


@asynccontextmanager
async def repeated(field: Field) -> AsyncIterator[None]:
    """Every turn.ready and delivery.ready comes again, some copies at once and some a little later."""
    connection = await aio_pika.connect(field.broker.url)
    async with connection, connection.channel() as channel:
        events = await channel.get_exchange(EVENTS.name)
        for queue in WAKE_UPS:
            ours = await channel.declare_queue(exclusive=True)
            await ours.bind(events, queue.routing_key)

            async def copy(message: AbstractIncomingMessage, to: str = queue.name) -> None:
                for number in range(COPIES):
                    await asyncio.sleep(0.2 * number)
                    await channel.default_exchange.publish(aio_pika.Message(message.body), to)

            await ours.consume(copy, no_ack=True)
        yield


@asynccontextmanager
async def dropped(field: Field) -> AsyncIterator[None]:
    """No announcement reaches agents or senders: their queues are not bound to anything."""
    connection = await aio_pika.connect(field.broker.url)
    async with connection, connection.channel() as channel:
        queues = {queue: await channel.get_queue(queue.name) for queue in (*WAKE_UPS, SENDER_MODEL_UNAVAILABLE)}
        for queue, declared in queues.items():
            await declared.unbind(EVENTS.name, queue.routing_key)
        try:
            yield
        finally:
            for queue, declared in queues.items():
                await declared.bind(EVENTS.name, queue.routing_key)
