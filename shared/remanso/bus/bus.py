"""One process's place on the bus: a connection for publishing, another for consuming, the topology declared.

Two connections, because in an alarm the broker stops reading from publishers, and with them their acknowledgements.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

from aio_pika.abc import AbstractRobustConnection

from remanso.bus.confirmed import ConfirmedChannel
from remanso.bus.connection import connect, parting, until_there
from remanso.bus.consumer import Consumer, Handler, Ready
from remanso.bus.dead_letters import DeadLetters
from remanso.bus.graveyard import Graveyard
from remanso.bus.overhearing import Hear, overhear
from remanso.bus.publisher import Publisher
from remanso.bus.subscription import Subscription
from remanso.bus.topology import Queue

LAST_BATCH_SECONDS = 5.0
"""For the batch in work when a consumer stops. Its peer may be hanging; not acknowledged, it comes again to others."""


class Bus:
    """`async with Bus.connect(url, name) as bus:` then `bus.publisher` and `bus.consume(…)`."""

    def __init__(self, url: str, name: str, channel: ConfirmedChannel) -> None:
        self.publisher = Publisher(channel)
        self._url = url
        self._name = name
        self._channel = channel
        self._consuming: AbstractRobustConnection | None = None
        self._consuming_lock = asyncio.Lock()
        self.graveyard = Graveyard(self._connection)

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, url: str, name: str) -> AsyncIterator["Bus"]:
        """Wait for the broker, as long as it takes, and declare the topology where our user may; else wait for it, too.

        `name` (service and instance) is shown in the management UI. Lost connections come back by themselves.
        Raises ConfigurationError when the broker has a queue with other arguments than ours.
        """
        channel = await until_there(url, lambda: ConfirmedChannel.open(url, f"{name} publishing"))
        bus = cls(url, name, channel)
        try:
            yield bus
        finally:
            await bus._close()

    def healthy(self) -> bool:
        """For `/readyz`: connected, and nothing published lately got lost."""
        return (self._consuming is None or self.listening()) and self.publisher.healthy()

    def listening(self) -> bool:
        """Whether events that wait in our queues can reach us."""
        return self._consuming is not None and self._consuming.connected.is_set()

    @contextlib.asynccontextmanager
    async def consume(
        self,
        queue: Queue,
        handle: Handler,
        *,
        prefetch: int,
        batch: int = 1,
        wait: float = 0.02,
        ready: Ready | None = None,
    ) -> AsyncIterator[Consumer]:
        """Have `handle` work through `queue` inside the block.

        A batch closes with `batch` envelopes or `wait` seconds after its first message; a single AMQP message may
        hold more. `prefetch` counts AMQP messages. Leaving the block stops consuming, lets the batch in work finish
        and acknowledges it; after LAST_BATCH_SECONDS it is cut off instead, and comes again. If the consumer itself
        breaks, the block is cancelled and its exception raised here.
        Where the peer that handlers need does not answer (`ready`), nothing is taken from the queue for so long.
        """
        consumer = Consumer(queue, handle, DeadLetters(self._channel, queue), batch=batch, wait=wait, ready=ready)
        subscription = await self._subscribe(queue, prefetch, consumer)

        async def come_back() -> None:
            nonlocal subscription
            subscription = await self._subscribe(queue, prefetch, consumer)

        try:
            with _single_error():
                async with asyncio.TaskGroup() as group:
                    run = consumer.run(lambda: subscription.close(), come_back)
                    working = group.create_task(run, name=f"consume:{queue.name}")
                    try:
                        yield consumer
                    finally:
                        consumer.stop()
                        await subscription.cancel()
                        await asyncio.wait({working}, timeout=LAST_BATCH_SECONDS)
                        working.cancel()
        finally:
            await subscription.close()

    @contextlib.asynccontextmanager
    async def overhear(self, routing_key: str, hear: Hear, *, missed: Callable[[], None]) -> AsyncIterator[None]:
        """Call `hear` with every event under `routing_key` that is published inside the block, to all who overhear.

        Nothing is kept for who is away: `missed` is called when the connection has come back.
        """
        connection = await until_there(self._url, self._connection)
        async with overhear(connection, routing_key, hear, missed):
            yield

    async def _subscribe(self, queue: Queue, prefetch: int, consumer: Consumer) -> Subscription:
        async def opening() -> Subscription:
            connection = await self._connection()
            return await Subscription.open(connection, queue, prefetch, consumer.take, ours=self._channel.ours)

        return await until_there(self._url, opening)

    async def _connection(self) -> AbstractRobustConnection:
        async with self._consuming_lock:
            if self._consuming is None:
                self._consuming = await connect(self._url, f"{self._name} consuming")
            return self._consuming

    async def _close(self) -> None:
        await self.publisher.close()
        if self._consuming is not None:
            async with parting():
                await self._consuming.close()
        await self._channel.close()


@contextlib.contextmanager
def _single_error() -> Iterator[None]:
    """A task group wraps even a single exception; callers expect the thing itself."""
    try:
        yield
    except BaseExceptionGroup as errors:
        if len(errors.exceptions) == 1:
            raise errors.exceptions[0] from None
        raise
