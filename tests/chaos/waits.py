"""How long anybody waited for a lock in PostgreSQL, seen by looking again and again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text

from remanso.errors import StoreUnavailable
from remanso.store import Store

EVERY_SECONDS = 0.2


@dataclass
class Waits:
    """`longest` in seconds."""

    longest: float = 0.0
    looks: int = 0

    def saw(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        self.looks += 1


@asynccontextmanager
async def watch_waits(store: Store) -> AsyncIterator[Waits]:
    waits = Waits()
    watching = asyncio.create_task(_watch(store, waits))
    try:
        yield waits
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(store: Store, waits: Waits) -> None:
    while True:
        try:
            async with store.transaction() as tx:
                result = await tx.connection.execute(
                    text(
                        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float8 "
                        "FROM pg_locks JOIN pg_stat_activity USING (pid) "
                        "WHERE NOT granted AND waitstart IS NOT NULL AND datname = current_database()"
                    )
                )
                waits.saw(float(result.scalar_one()))
        except StoreUnavailable:
            pass  # a fault of somebody's making: there is nothing to see meanwhile
        await asyncio.sleep(EVERY_SECONDS)
