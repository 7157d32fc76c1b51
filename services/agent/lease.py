"""Working under a lease: renewed beside the work, and the work stops the moment it is lost."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from remanso.errors import LeaseLost, StoreUnavailable
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.turns import Turn

Result = TypeVar("Result")

log = structlog.get_logger()


async def under_lease(store: Store, turn: Turn, ttl: timedelta, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives, while the lease on `turn` is renewed every third of `ttl`.

    Raises what `work` raises, or LeaseLost after cancelling it when another agent holds the turn or somebody closed it.
    """
    working = asyncio.create_task(work)
    renewing = asyncio.create_task(_renew(store, turn, ttl))
    try:
        await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
        if renewing.done() and not working.done():
            renewing.result()  # raises unless the turn was closed by our own work, which then has only to say so
        return await working
    finally:
        for task in (working, renewing):
            task.cancel()
        await asyncio.gather(working, renewing, return_exceptions=True)


async def _renew(store: Store, turn: Turn, ttl: timedelta) -> None:
    """Returns when the turn was closed under our token; raises LeaseLost when it is not ours any more."""
    seconds = ttl.total_seconds()
    renewed = time.monotonic()
    while True:
        await asyncio.sleep(seconds / 3)
        asked = time.monotonic()
        try:
            async with store.transaction() as tx:
                await tx.turns.renew(turn, ttl)
            renewed = asked
        except LeaseLost:
            if await _closed_by_us(store, turn):
                return
            raise
        except StoreUnavailable as problem:
            log.warning("lease.not_renewed", error=str(problem))
            if time.monotonic() - renewed >= seconds:
                raise LeaseLost(f"turn {turn.id} attempt {turn.attempt}: not renewed in time") from problem


async def _closed_by_us(store: Store, turn: Turn) -> bool:
    async with store.transaction() as tx:
        found = await tx.turns.get(turn.id)
    return found is not None and found.attempt == turn.attempt and found.state in (TurnState.ANSWERED, TurnState.FAILED)
