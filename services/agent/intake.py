"""How turns come in: announced on the bus, or found by the sweeper when the announcement was lost."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from remanso.bus import Received
from remanso.events import TurnReady, carried
from remanso.runtime.slots import Slots
from remanso.store import Store
from services.agent.desk import Desk

GRACE = timedelta(seconds=1)
"""A turn that was sealed less than this ago is left to its announcement."""


class Intake:
    """Fills the slots. An announcement is done with as soon as its turn has a slot: from there rows keep the work."""

    def __init__(self, store: Store, slots: Slots, desk: Desk, stopping: asyncio.Event) -> None:
        self._store = store
        self._slots = slots
        self._desk = desk
        self._stopping = stopping

    async def handle(self, batch: Sequence[Received]) -> None:
        """The handler of `agent.turn-ready`."""
        for received in batch:
            await self._start_unless_stopping(carried(received.envelope, TurnReady).turn_id)

    async def sweep(self) -> None:
        """Takes turns that nobody holds, while there is room for them."""
        if self._slots.free <= 0:
            return
        async with self._store.transaction() as tx:
            turns = await tx.turns.free(self._slots.free, GRACE, clients=self._desk.registry.clients)
        for turn_id in turns:
            if self._slots.free > 0:
                await self._start(turn_id)

    async def _start_unless_stopping(self, turn_id: UUID) -> None:
        """Waits for a slot, but not beyond the stop: whoever is left finds the turn by sweeping."""
        if self._stopping.is_set():
            return
        starting = asyncio.create_task(self._start(turn_id))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            starting.cancel()
            stopping.cancel()

    async def _start(self, turn_id: UUID) -> None:
        await self._slots.start(str(turn_id), lambda: self._desk.take(turn_id))
