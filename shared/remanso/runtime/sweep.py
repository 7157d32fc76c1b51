"""Sweepers: the loops that look again and again for rows that should have moved."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Counter, Histogram

from remanso.errors import Unavailable
from remanso.runtime.process import Process

Sweep = Callable[[], Awaitable[float | None]]

PAUSE_SECONDS = 1.0  # least pause after a peer was unavailable

SECONDS = Histogram("remanso_sweep_seconds", "One run of a sweeper.", ["sweep"])
FOUND = Counter("remanso_sweep_found_total", "Pieces of work a sweeper found and started.", ["sweep"])
FAILURES = Counter("remanso_sweep_failures_total", "Runs that found a peer unavailable.", ["sweep"])

log = structlog.get_logger()


class Sweeper:
    """Calls `sweep` until the process stops, at the latest every `seconds`, earlier when it asks or is woken.

    `sweep` may return the seconds after which it wants to run next. Unavailable peers are waited out; any other
    exception ends the sweeper, and with it the process.
    """

    def __init__(self, name: str, seconds: float, sweep: Sweep) -> None:
        self.name = name
        self._seconds = seconds
        self._sweep = sweep
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Run again at once: something was just written that is due."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        stop = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                self._woken.clear()
                await self._rest(await self._once(), stop)
        finally:
            stop.cancel()

    async def _once(self) -> float:
        try:
            with SECONDS.labels(self.name).time():
                wanted = await self._sweep()
        except Unavailable as error:
            FAILURES.labels(self.name).inc()
            log.warning("sweep.unavailable", sweep=self.name, error=f"{type(error).__name__}: {error}")
            return max(self._seconds, PAUSE_SECONDS)
        if wanted is None:  # jitter: many processes sweep the same rows
            return self._seconds * random.uniform(0.75, 1.0)
        return max(0.0, min(wanted, self._seconds))

    async def _rest(self, seconds: float, stop: asyncio.Task[bool]) -> None:
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait({woken, stop}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()


def sweep_every(process: Process, seconds: float, sweep: Sweep, *, name: str | None = None) -> Sweeper:
    """Start a supervised sweeper, named after its function unless told otherwise; keep the result to `wake()` it."""
    sweeper = Sweeper(name or str(getattr(sweep, "__name__", "sweep")), seconds, sweep)
    process.supervise(f"sweep:{sweeper.name}", lambda: sweeper.run(process.stopping))
    return sweeper
