"""The broker's side of a consumer: a channel, its prefetch, and the tag under which it delivers."""

from collections.abc import Awaitable, Callable

from aio_pika.abc import (
    AbstractIncomingMessage,
    AbstractQueue,
    AbstractRobustChannel,
    AbstractRobustConnection,
    ConsumerTag,
)

from remanso.bus import topology
from remanso.bus.connection import parting


class Subscription:
    """A channel of its own for one queue: acknowledging up to a message then speaks of this queue only.

    aio-pika makes channel, queue and consumer again after a lost connection, and when the broker cancels it.
    """

    def __init__(self, channel: AbstractRobustChannel, queue: AbstractQueue, tag: ConsumerTag) -> None:
        self._channel = channel
        self._queue = queue
        self._tag = tag

    @classmethod
    async def open(
        cls,
        connection: AbstractRobustConnection,
        queue: topology.Queue,
        prefetch: int,
        take: Callable[[AbstractIncomingMessage], Awaitable[None]],
        *,
        ours: bool,
    ) -> "Subscription":
        """Deliver up to `prefetch` unsettled messages of `queue` to `take`. Raises one of `LOST`.

        The queue is declared if the topology is `ours`; else it has to be there.
        """
        channel = connection.channel(publisher_confirms=False)
        try:
            await channel.initialize(timeout=topology.RPC_SECONDS)
            await channel.set_qos(prefetch_count=prefetch, timeout=topology.RPC_SECONDS)
            declared = await topology.declare_queue(channel, queue, ours=ours)
            return cls(channel, declared, await declared.consume(take, timeout=topology.RPC_SECONDS))
        except BaseException:
            async with parting():
                await channel.close()
            raise

    async def cancel(self) -> None:
        """Ask for no more; what was delivered can still be settled."""
        async with parting():
            await self._queue.cancel(self._tag)

    async def close(self) -> None:
        """Close the channel; what was not settled goes back to the queue."""
        async with parting():
            await self._channel.close()
