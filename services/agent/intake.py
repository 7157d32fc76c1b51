"""How turns come in: announced on the bus, or found by the sweeper when the announcement was lost or came too early."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from remanso.bus import Received
from remanso.events import TurnReady, carried
from remanso.runtime.sweep import FOUND
from remanso.store import Store
from services.agent.desk import Desk
from services.agent.places import Places

GRACE = timedelta(seconds=1)
"""A turn that was sealed less than this ago is left to its announcement."""


class Intake:
    """Fills the slots. An announcement is done with as soon as its turn has a slot: from there rows keep the work.

    So it is when the turn's client has no place left: the sweeper finds the turn when one is free.
    """

    def __init__(self, store: Store, places: Places, desk: Desk, stopping: asyncio.Event) -> None:
        self._store = store
        self._places = places
        self._desk = desk
        self._stopping = stopping

    async def handle(self, batch: Sequence[Received]) -> None:
        """The handler of `agent.turn-ready`."""
        for received in batch:
            turn_id = carried(received.envelope, TurnReady).turn_id
            await self._start_unless_stopping(turn_id, received.envelope.client)

    async def sweep(self) -> None:
        """Takes turns that nobody holds, while there is room for them."""
        room = self._places.room()
        if self._places.free <= 0 or not room:
            return
        async with self._store.transaction() as tx:
            turns = await tx.turns.free(self._places.free, GRACE, room=room)
        for turn_id, client in turns.items():
            if self._places.free > 0:
                FOUND.labels("turns").inc(await self._start(turn_id, client))

    async def _start_unless_stopping(self, turn_id: UUID, client: str) -> None:
        """Waits for a slot, but not beyond the stop: whoever is left finds the turn by sweeping."""
        if self._stopping.is_set():
            return
        starting = asyncio.create_task(self._start(turn_id, client))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            starting.cancel()
            stopping.cancel()

    async def _start(self, turn_id: UUID, client: str) -> bool:
        return await self._places.start(turn_id, client, lambda: self._desk.take(turn_id))
