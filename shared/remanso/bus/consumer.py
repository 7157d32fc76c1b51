"""Events in, batch by batch, in order.

The broker's callback only queues; the work runs in a task of this consumer's own, because aiormq cancels callbacks
when their channel closes. A batch in work outlives a lost connection: its acknowledgement is lost then, the messages
come again, and the handler (idempotent, as all of ours) meets them a second time.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError

from remanso.bus.batch import Batch, Received
from remanso.bus.connection import LOST, asked_to_cancel
from remanso.bus.dead_letters import DeadLetters
from remanso.bus.metrics import AGE_SECONDS, BATCH_ENVELOPES, CONSUMED, HANDLER_SECONDS, LOST_SETTLEMENTS
from remanso.bus.topology import Queue
from remanso.bus.traced import handling
from remanso.errors import Unavailable

# A peer that is down is waited for with the batch in hand: every return counts towards the broker's delivery limit.
# After a while the batch goes back all the same, since it may be this process alone that cannot reach the peer, and
# others wait for what it keeps: for receipts, say, without which a part would be sent again. It takes no more then
# before the peer answers, so that an outage of days does not use up the limit. Where the peer answers and the batch
# fails all the same, each is kept for twice as long as the one before; what was prefetched behind it must not lose the
# broker's patience (30 minutes).
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
RETURN_AFTER_SECONDS = 20.0
LONGEST_HOLD_SECONDS = 640.0
LOOK_SECONDS = 1.0

# OSError covers the TimeoutErrors and ConnectionErrors that a handler may let through.
DOWN = (Unavailable, OSError)

Handler = Callable[[Sequence[Received]], Awaitable[None]]
"""Gets the events of one batch, each id once, in order. Returning settles all of them; raising Unavailable has the
batch tried again later; anything else has it tried in halves, until the item that fails is alone and dead-lettered."""

Ready = Callable[[], Awaitable[bool]]
"""Whether the peer answers that handlers need."""

log = structlog.get_logger()


class Consumer:
    """Works through one queue, one batch at a time."""

    def __init__(
        self,
        queue: Queue,
        handle: Handler,
        dead_letters: DeadLetters,
        *,
        batch: int,
        wait: float,
        ready: Ready | None = None,
    ) -> None:
        self._queue = queue
        self._handle = handle
        self._dead_letters = dead_letters
        self._batch = batch
        self._wait = wait
        self._ready = ready
        self._since: float | None = None
        self._inbox: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        self._stopping = asyncio.Event()
        self._pause = FIRST_PAUSE_SECONDS
        self._hold = RETURN_AFTER_SECONDS

    async def take(self, message: AbstractIncomingMessage) -> None:
        """The broker's callback."""
        self._inbox.put_nowait(message)

    def stop(self) -> None:
        """Let `run` end after the batch in work; what is only prefetched goes back with the channel."""
        self._stopping.set()
        self._inbox.put_nowait(None)

    def in_work(self) -> float:
        """For how many seconds the present batch has been in work, or its peer waited for; 0 between batches."""
        return 0.0 if self._since is None else _now() - self._since

    async def run(self, leave: Callable[[], Awaitable[None]], come_back: Callable[[], Awaitable[None]]) -> None:
        """Until it is stopped. `leave` gives back whatever was prefetched, `come_back` has more delivered."""
        with structlog.contextvars.bound_contextvars(queue=self._queue.name):
            while (batch := await self._next_batch()) is not None:
                self._since = _now()
                if await self._until_handled(batch):
                    await self._acknowledge(batch)
                else:
                    await self._give_back(batch)
                    await self._unless_stopped(self._stay_away(leave, come_back))
                self._since = None

    async def _stay_away(self, leave: Callable[[], Awaitable[None]], come_back: Callable[[], Awaitable[None]]) -> None:
        """Takes nothing until the peer answers: others may be able to handle it."""
        if self._ready is None or await self._ready():
            return
        log.warning("bus.away", seconds=round(self.in_work(), 1))
        await leave()
        while not await self._ready():  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(LOOK_SECONDS)
        await come_back()
        log.info("bus.back", seconds=round(self.in_work(), 1))

    async def _unless_stopped(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Ends `waiting` when it is stopped: the peer may be hanging, and the broker be away when it has come back."""
        tasks = {asyncio.create_task(waiting), asyncio.create_task(self._stopping.wait())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            task.result()

    async def _next_batch(self) -> Batch | None:
        """The first message and what comes within `wait` seconds after it; None when stopping."""
        batch = Batch()
        closes: float | None = None
        while len(batch) < self._batch:
            message = await self._next_message(closes)
            if message is None:
                break
            batch.add(message)
            closes = closes or _now() + self._wait
        return None if self._stopping.is_set() else batch

    async def _next_message(self, closes: float | None) -> AbstractIncomingMessage | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(closes):
                while message := await self._inbox.get():
                    if _on_open_channel(message):
                        return message
        return None

    async def _until_handled(self, batch: Batch) -> bool:
        """Whether the batch can be acknowledged; if not it must go back to the queue."""
        give_up_at = _now() + self._hold
        while True:
            try:
                await self._handle_in_parts(batch.items)
                for letter in batch.dead_letters():
                    await self._dead_letters.bury(letter)
            except DOWN as error:
                log.warning("bus.peer_down", error=f"{type(error).__name__}: {error}", pause=self._pause)
            else:
                self._pause, self._hold = FIRST_PAUSE_SECONDS, RETURN_AFTER_SECONDS
                return True
            if _now() + self._pause > give_up_at or await self._stopped_while_pausing():
                return False

    async def _stopped_while_pausing(self) -> bool:
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        await self._pause_for(pause)
        return self._stopping.is_set()

    async def _pause_for(self, seconds: float) -> None:
        """Or until it is stopped."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _handle_in_parts(self, items: Sequence[Received]) -> None:
        """Handle all at once; on an unexpected error each half for itself. Raises one of `DOWN`."""
        for item in items:
            item.rejection = None
        try:
            await self._call_handler(items)
        except DOWN:
            raise
        except Exception as error:
            if len(items) == 1:
                log.exception("bus.item_failed", event_id=items[0].envelope.id)
                items[0].fail(error)
                return
            log.warning("bus.batch_failed", envelopes=len(items), error=type(error).__name__)
            middle = len(items) // 2
            await self._handle_in_parts(items[:middle])
            await self._handle_in_parts(items[middle:])

    async def _call_handler(self, items: Sequence[Received]) -> None:
        if not items:  # all of the batch was undecodable
            return
        BATCH_ENVELOPES.labels(self._queue.name).observe(len(items))
        outcome, started = "failed", time.perf_counter()
        try:
            with handling(self._queue.name, items):
                await self._handle(items)
            outcome = "handled"
        except asyncio.CancelledError as error:
            if asked_to_cancel():
                raise
            raise Unavailable("something below the handler was cancelled") from error
        except DOWN:
            outcome = "peer_down"
            raise
        except ExceptionGroup as errors:
            if down := errors.subgroup(DOWN):
                outcome = "peer_down"
                raise Unavailable(str(down.exceptions[0])) from errors
            raise
        finally:
            HANDLER_SECONDS.labels(self._queue.name, outcome).observe(time.perf_counter() - started)

    async def _acknowledge(self, batch: Batch) -> None:
        """One acknowledgement up to the newest message: nothing older of its channel is unsettled."""
        self._count(batch)
        newest = {}
        for message in batch.messages:
            with contextlib.suppress(ChannelInvalidStateError):
                newest[message.channel] = message
        if not newest:
            LOST_SETTLEMENTS.labels(self._queue.name).inc()
        for message in newest.values():
            async with self._settling():
                await message.ack(multiple=True)

    async def _give_back(self, batch: Batch) -> None:
        """By reject, not nack: it counts towards the delivery limit on every version of the broker."""
        self._hold = min(2 * self._hold, LONGEST_HOLD_SECONDS)
        CONSUMED.labels(self._queue.name, "returned").inc(len(batch))
        for message in batch.messages:
            async with self._settling():
                await message.reject(requeue=True)

    @contextlib.asynccontextmanager
    async def _settling(self) -> AsyncIterator[None]:
        """A settlement that does not reach the broker is no failure: the message comes again."""
        try:
            yield
        except LOST as error:
            LOST_SETTLEMENTS.labels(self._queue.name).inc()
            log.info("bus.settlement_lost", error=type(error).__name__)
        except asyncio.CancelledError:
            if asked_to_cancel():
                raise
            LOST_SETTLEMENTS.labels(self._queue.name).inc()

    def _count(self, batch: Batch) -> None:
        dead = sum(1 for _ in batch.dead_letters())
        CONSUMED.labels(self._queue.name, "dead_lettered").inc(dead)
        CONSUMED.labels(self._queue.name, "handled").inc(len(batch) - dead)
        age = AGE_SECONDS.labels(self._queue.name)
        for item in batch.items:
            age.observe(max(0.0, time.time() - item.envelope.received_at.timestamp()))


def _on_open_channel(message: AbstractIncomingMessage) -> bool:
    """A message whose channel has died cannot be settled any more, and its copy is on the way."""
    try:
        return not message.channel.is_closed
    except ChannelInvalidStateError:
        return False


def _now() -> float:
    return asyncio.get_running_loop().time()
