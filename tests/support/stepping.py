"""Workers that a test moves on by single statements, so that two of them meet at every place they can meet.

A worker is product code in a task, on a store that stops before each statement and before each commit. It is moved on
by one of them at a time; one that waits for another's row lock is left waiting.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from remanso.bus import Publisher
from remanso.bus.confirmed import ConfirmedChannel
from remanso.store import Store, Transaction
from tests.support.agents import Crash

LOOK_SECONDS = 0.02
"""How long a statement may take before somebody looks whether it waits for a lock."""


class Worker:
    """`work` gets the store to work on. What it ends with is in `ended_by`: None while it works, and if all went well.

    `dies` is the process's death: nothing it still tries to store is stored.
    """

    def __init__(self, store: Store, work: Callable[[Store], Awaitable[object]]) -> None:
        self._eyes = store
        self._go = asyncio.Semaphore(0)
        self._at_gate = asyncio.Event()
        self._dead = False
        self._backend: int | None = None
        self._task = asyncio.create_task(self._live(work))
        self.ended_by: BaseException | None = None

    @property
    def works(self) -> bool:
        return not self._task.done()

    async def step(self) -> None:
        """Up to its next statement or commit, its end, or the lock it waits for."""
        if await self._arrives():
            self._at_gate.clear()
            self._go.release()
            await self._arrives()

    async def finishes(self) -> None:
        """All that is left; whom it waits for has to be through with their work."""
        while self.works:
            await self.step()

    async def dies(self) -> bool:
        """Where it stands. False if it waits for a lock: then somebody else has to move first."""
        if self.works and not await self._arrives():
            return False
        self._dead = True
        self._go.release()
        await asyncio.wait({self._task})
        return True

    async def _live(self, work: Callable[[Store], Awaitable[object]]) -> None:
        try:
            await work(_SteppedStore(self._eyes, self))
        except Exception as problem:
            self.ended_by = problem
        except Crash as death:
            self.ended_by = death

    async def _arrives(self) -> bool:
        """Whether it stands before a statement; False at its end, or when it waits for a lock."""
        while self.works:
            gate = asyncio.create_task(self._at_gate.wait())
            await asyncio.wait({gate, self._task}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            gate.cancel()
            if self._at_gate.is_set():
                return True
            if self.works and await self._waits_for_lock():
                return False
        return False

    async def _waits_for_lock(self) -> bool:
        async with self._eyes.transaction() as tx:
            found = await tx.connection.execute(
                text("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = :pid AND NOT granted)"), {"pid": self._backend}
            )
            return bool(found.scalar_one())

    def check_alive(self) -> None:
        if self._dead:
            raise Crash

    def works_on(self, backend: int) -> None:
        self._backend = backend

    async def stops(self) -> None:
        """At the gate, until somebody moves it on."""
        self._at_gate.set()
        await self._go.acquire()
        self._at_gate.clear()
        self.check_alive()


class _SteppedStore(Store):
    def __init__(self, store: Store, worker: Worker) -> None:
        super().__init__(store._engine)
        self._worker = worker

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self._worker.check_alive()
        async with super().transaction() as tx:
            self._worker.works_on(int((await tx.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()))
            yield Transaction(cast(AsyncConnection, _SteppedConnection(tx.connection, self._worker)))
            await self._worker.stops()


class _SteppedConnection:
    """All that repositories need of a connection."""

    def __init__(self, connection: AsyncConnection, worker: Worker) -> None:
        self._connection = connection
        self._worker = worker

    async def execute(self, *arguments: Any) -> Any:
        await self._worker.stops()
        return await self._connection.execute(*arguments)


class _Unplugged:
    def connected(self) -> bool:
        return False


def lost_hints() -> Publisher:
    """A publisher whose broker is away: every wake-up is lost, as it may be."""
    return Publisher(cast(ConfirmedChannel, _Unplugged()))
