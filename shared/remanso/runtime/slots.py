"""Bounded concurrency with hand-over: take one more piece of work only when a slot is free for it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Gauge

from remanso.errors import RemansoError

SIZE = Gauge("remanso_slots", "Pieces of work this process takes at a time.")
BUSY = Gauge("remanso_slots_busy", "Pieces of work it has in hand.")

log = structlog.get_logger()


class Slots:
    """`size` pieces of work at a time, at most one per key. What a piece raises is logged and ends only itself."""

    def __init__(self, size: int) -> None:
        self._semaphore = asyncio.Semaphore(size)
        self.size = size
        SIZE.set(size)
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def free(self) -> int:
        return self.size - len(self._running)

    async def start(self, key: str, work: Callable[[], Awaitable[object]]) -> bool:
        """Wait for a free slot, start `work` in a task of its own and return True; False if `key` runs already."""
        if key in self._running:
            return False
        await self._semaphore.acquire()
        if key in self._running:  # started while we waited
            self._semaphore.release()
            return False
        BUSY.inc()
        self._running[key] = asyncio.create_task(self._run(key, work), name=f"slot:{key}")
        return True

    async def drain(self, timeout: float) -> None:
        """Wait for the running work; cancel what has not ended after `timeout` seconds and wait for that too."""
        if not self._running:
            return
        tasks = list(self._running.values())
        _, late = await asyncio.wait(tasks, timeout=timeout)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: str, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except RemansoError as error:
            log.warning("slot.gave_up", key=key, error=f"{type(error).__name__}: {error}")
        except Exception:
            log.exception("slot.failed", key=key)
        finally:
            del self._running[key]
            BUSY.dec()
            self._semaphore.release()
