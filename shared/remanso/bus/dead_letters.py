"""Where an item goes that nobody can handle: to `remanso.dead`, alone, with the reason, before it leaves its queue."""

import asyncio

import structlog
from aio_pika import DeliveryMode, Message

from remanso.bus.batch import DeadLetter
from remanso.bus.confirmed import ConfirmedChannel
from remanso.bus.metrics import DEAD_LETTERED
from remanso.bus.topology import DEAD, Queue

REASON_HEADER = "x-remanso-reason"
QUEUE_HEADER = "x-remanso-queue"

BURY_SECONDS = 5.0
LONGEST_REASON = 500  # characters

log = structlog.get_logger()


class DeadLetters:
    """The way to `remanso.dead` for items from one queue."""

    def __init__(self, channel: ConfirmedChannel, queue: Queue) -> None:
        self._channel = channel
        self._queue = queue

    async def bury(self, letter: DeadLetter) -> None:
        """Return when the broker has confirmed it; raises PublishFailed."""
        message = Message(
            letter.body,
            content_type="application/json",
            delivery_mode=DeliveryMode.PERSISTENT,
            type=self._queue.routing_key,
            headers={REASON_HEADER: _one_line(letter.reason), QUEUE_HEADER: self._queue.name},
        )
        deadline = asyncio.get_running_loop().time() + BURY_SECONDS
        await self._channel.post(DEAD, self._queue.routing_key, message, deadline=deadline)
        DEAD_LETTERED.labels(self._queue.name, letter.kind).inc()
        log.error("bus.dead_letter", kind=letter.kind)  # without the reason: it may quote a contact


def _one_line(reason: str) -> str:
    return " ".join(reason.encode("utf-8", "replace").decode().split())[:LONGEST_REASON]
