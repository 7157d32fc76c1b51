"""`remanso.dead` for people: how deep the queues are, what lies in the graveyard; one letter sent back, or dropped.

AMQP has no way to look: a look takes letters and puts them back. So they are looked at by one person at a time here,
and whoever looks in another process meanwhile sees fewer of them.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractRobustConnection

from remanso.bus.connection import LOST, asked_to_cancel, parting
from remanso.bus.dead_letters import QUEUE_HEADER, REASON_HEADER
from remanso.bus.topology import DEAD_QUEUE, QUEUES, RPC_SECONDS
from remanso.errors import PublishFailed
from remanso.events import Envelope, decode

MOST_LETTERS = 100
"""So many are looked at; those behind come up when these are gone."""
LOOK_SECONDS = 5.0
SEARCH_SECONDS = 120.0
"""For going through all of them."""


@dataclass(frozen=True)
class Depth:
    """`readers` are the processes that take from it."""

    queue: str
    waiting: int
    readers: int


@dataclass(frozen=True)
class Buried:
    """A dead letter. `id` is made from its bytes: the same letter twice is one.

    `kind` is the reason without what may quote a contact. `reason` and `body` are personal data.
    """

    id: str
    queue: str
    kind: str
    event: str
    clients: tuple[str, ...]
    received_at: datetime | None
    reason: str
    body: str


class Graveyard:
    """Raises PublishFailed from everything when the broker cannot be reached in time."""

    def __init__(self, connection: Callable[[], Awaitable[AbstractRobustConnection]]) -> None:
        self._connection = connection
        self._one_at_a_time = asyncio.Lock()

    async def depths(self) -> list[Depth]:
        """Of every queue, the graveyard last."""
        async with self._channel() as channel:
            found = [await channel.declare_queue(name, passive=True, timeout=RPC_SECONDS) for name in _names()]
        told = [(queue.name, queue.declaration_result) for queue in found]
        return [Depth(name, result.message_count or 0, result.consumer_count or 0) for name, result in told]

    async def letters(self) -> list[Buried]:
        """The oldest first, at most MOST_LETTERS; all are put back."""
        async with self._one_at_a_time, self._channel() as channel:
            return list({each.id: each async for each in _read(channel)}.values())

    async def replay(self, letter_id: str) -> bool:
        """Back to the queue it came from, and out of here once the broker has confirmed it.

        Cut off between the two it is handled and still here: handling an event twice does no harm. False: it is gone.
        """
        return await self._settle(letter_id, _back_to_its_queue)

    async def drop(self, letter_id: str) -> bool:
        """Away for ever. False: it is gone already."""
        return await self._settle(letter_id, _nowhere)

    async def drop_about(self, client: str, names: Collection[str]) -> int:
        """Away with every letter of `client` that bears one of these names, however many there are; gives how many.

        A letter that holds several events goes whole: each event is buried alone, but for what nobody could read.
        """
        quoted, dropped = [f'"{name}"'.encode() for name in names], 0
        async with self._one_at_a_time, self._channel(SEARCH_SECONDS) as channel:
            async for message in _take(channel, most=None):
                if any(name in message.body for name in quoted) and _may_be_of(client, message):
                    await message.ack()
                    dropped += 1
        return dropped

    async def _settle(
        self, letter_id: str, send: Callable[[AbstractChannel, AbstractIncomingMessage], Awaitable[None]]
    ) -> bool:
        async with self._one_at_a_time, self._channel() as channel:
            async for message in _take(channel):
                if buried(message).id == letter_id:
                    await send(channel, message)
                    await message.ack()
                    return True
        return False

    @contextlib.asynccontextmanager
    async def _channel(self, seconds: float = LOOK_SECONDS) -> AsyncIterator[AbstractChannel]:
        """A channel of its own: closing it puts back whatever was not acknowledged."""
        try:
            async with asyncio.timeout(seconds):
                channel = (await self._connection()).channel(publisher_confirms=True, on_return_raises=True)
                try:
                    await channel.initialize(timeout=RPC_SECONDS)
                    yield channel
                finally:
                    async with parting():
                        await channel.close()
        except (TimeoutError, *LOST) as error:
            raise PublishFailed(f"the broker does not answer: {type(error).__name__}") from error
        except asyncio.CancelledError as error:
            if asked_to_cancel():
                raise
            raise PublishFailed("the connection got stuck") from error


def buried(message: AbstractIncomingMessage) -> Buried:
    """What lies in one AMQP message. What the broker itself buried tells of its queue in headers of its own."""
    headers = message.headers
    queue = str(headers.get(QUEUE_HEADER) or headers.get("x-first-death-queue") or "")
    reason = str(headers.get(REASON_HEADER) or headers.get("x-first-death-reason") or "")
    inside = [each for each in decode(message.body) if isinstance(each, Envelope)]
    return Buried(
        id=sha256(queue.encode() + b"\0" + message.body).hexdigest()[:32],
        queue=queue,
        kind=_kind(reason),
        event=inside[0].type if inside else message.type or "",
        clients=tuple(sorted({each.client for each in inside})),
        received_at=inside[0].received_at if inside else None,
        reason=reason,
        body=_indented(message.body),
    )


def _kind(reason: str) -> str:
    """The exception's class where the reason begins with one: what follows the colon may be anybody's words."""
    head = reason.partition(":")[0]
    return head if head.isidentifier() else ""


def _indented(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "backslashreplace")


def _names() -> list[str]:
    return [*(queue.name for queue in QUEUES), DEAD_QUEUE]


def _may_be_of(client: str, message: AbstractIncomingMessage) -> bool:
    """What nobody can read may be anybody's."""
    clients = buried(message).clients
    return not clients or client in clients


async def _take(channel: AbstractChannel, most: int | None = MOST_LETTERS) -> AsyncIterator[AbstractIncomingMessage]:
    """At most so many; None: as many as there are now."""
    queue = await channel.declare_queue(DEAD_QUEUE, passive=True, timeout=RPC_SECONDS)
    there = queue.declaration_result.message_count or 0
    for _ in range(there if most is None else most):
        message = await queue.get(fail=False, timeout=RPC_SECONDS)
        if message is None:
            return
        yield message


async def _read(channel: AbstractChannel) -> AsyncIterator[Buried]:
    async for message in _take(channel):
        yield buried(message)


async def _back_to_its_queue(channel: AbstractChannel, message: AbstractIncomingMessage) -> None:
    """Straight into the queue: others that hear the same event have handled it."""
    queue = buried(message).queue
    if queue not in _names()[:-1]:
        raise PublishFailed("nobody knows which queue it came from")
    again = Message(
        message.body,
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        type=message.type,
        headers={name: message.headers[name] for name in ("traceparent",) if name in message.headers},
    )
    await channel.default_exchange.publish(again, queue, mandatory=True, timeout=RPC_SECONDS)


async def _nowhere(_channel: AbstractChannel, _message: AbstractIncomingMessage) -> None:
    """A dropped letter is acknowledged and sent on to nobody."""
