"""Wake-ups and sweeps put conversations into slots; a slot drains one.

The sweeper works the rows itself instead of announcing them again: if every wake-up on the bus were lost, all would
still be sent.
"""

import asyncio
import random
from collections.abc import Collection, Sequence
from datetime import timedelta
from itertools import count
from uuid import UUID

from remanso.bus import Received
from remanso.events import DeliveryReady, carried
from remanso.runtime.slots import Slots
from remanso.runtime.sweep import FOUND
from remanso.store import Store
from services.sender.drain import Drain

WAKE_UP_GRACE = timedelta(seconds=1)
"""A delivery this young is left to its wake-up."""
ELBOW_ROOM = 4
"""Times more are looked at than there are slots for: others look at the same moment, and choose by chance too."""
AGAIN_SECONDS = 0.1
"""Where there was more than this process could take: a sweep a second would be what limits it."""
SOON = timedelta(seconds=60)
"""What comes back later than that is left to the sweeper."""


class Dispatch:
    def __init__(
        self, store: Store, drain: Drain, slots: Slots, *, clients: Collection[str], window: timedelta
    ) -> None:
        self._store = store
        self._clients = clients
        self._drain = drain
        self._slots = slots
        self._window = window
        self._serial = count()
        self._coming: set[asyncio.Task[None]] = set()
        drain.when_early(self.start_in)

    async def handle(self, batch: Sequence[Received]) -> None:
        """The handler of `sender.delivery-ready`: done, and so acknowledged, once a slot has taken the conversation."""
        for received in batch:
            await self.start(carried(received.envelope, DeliveryReady).conversation_id)

    async def start(self, conversation_id: UUID) -> None:
        """Drains the conversation as soon as a slot is free.

        Each start has a key of its own: whether somebody drains this conversation already is told by its lease alone.
        """
        await self._slots.start(f"{conversation_id}/{next(self._serial)}", lambda: self._drain.run(conversation_id))

    def start_soon(self, conversation_id: UUID) -> None:
        """As `start`, for those whom nothing may keep waiting."""
        self.start_in(conversation_id, timedelta())

    def start_in(self, conversation_id: UUID, wait: timedelta) -> None:
        """Drains it when its place in the pace has come. A hint as every other: the sweeper knows the row."""
        if wait < SOON:
            task = asyncio.create_task(self._start_after(conversation_id, wait.total_seconds()))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def _start_after(self, conversation_id: UUID, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.start(conversation_id)

    def forget_hints(self) -> None:
        """This process ends: what is to come is others'."""
        for task in self._coming:
            task.cancel()

    async def sweep(self) -> float | None:
        """Starts conversations whose wake-up was lost, whose retry is due, or whose window opened again."""
        free = self._slots.free
        if free <= 0:
            return None
        look_at = free * ELBOW_ROOM
        async with self._store.transaction() as tx:
            waiting = await tx.deliveries.with_work(
                self._clients, look_at, untouched_for=WAKE_UP_GRACE, window=self._window
            )
            waiting += await tx.reopenings.with_work(self._clients, free, untouched_for=WAKE_UP_GRACE)
        mine = random.sample(waiting, min(free, len(waiting)))
        FOUND.labels("deliveries").inc(len(mine))
        for conversation_id in dict.fromkeys(mine):
            await self.start(conversation_id)
        return AGAIN_SECONDS if len(waiting) > len(mine) else None
