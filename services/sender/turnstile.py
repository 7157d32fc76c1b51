"""Where the slots of one process take their places in a number's pace, together and a little ahead.

All senders of a number come by one row. A slot that held it until its own commit would hold it for as long as this
process takes to come back to that slot; and who came only when a place is due would find, a little late, that it can be
saved up for a few only. So the row is asked in statements of their own, one at a time, each for all who have come
meanwhile, and gives out what is due within a moment: each waits for its own time here. A place taken and not used,
because its transaction failed, only makes the number a little slower.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta

from remanso.model.pace import Rate
from remanso.store import Store

AHEAD = timedelta(seconds=0.25)
"""A conversation's row is locked for so long at most while its part waits for its time."""
STALE = 0.15
"""Seconds. Who wakes up later than that leaves its place: all that a stopped process had would come at once."""


@dataclass(frozen=True)
class Line:
    """Who may share a statement."""

    key: str
    rate: Rate
    waited: bool


@dataclass(frozen=True)
class Place:
    """`due` in the loop's time, reckoned from before it was asked for: no later than it truly is."""

    due: float
    wait: timedelta


Answer = Place | timedelta
"""A place, or for how long to stay away."""
Comer = asyncio.Future[Answer]


class Turnstile:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lines: dict[Line, deque[Comer]] = {}
        self._working: set[asyncio.Task[None]] = set()

    async def enter(self, key: str, rate: Rate, *, waited: bool) -> timedelta | None:
        """None: go at once. Else for how long to stay away, in line with the others who wait.

        Raises StoreUnavailable.
        """
        loop = asyncio.get_running_loop()
        for _ in range(2):  # a process that is always late goes in the end: it must not stand still
            answer = await self._ask(Line(key, rate, waited))
            if isinstance(answer, timedelta):
                return answer
            await asyncio.sleep(answer.wait.total_seconds())
            if loop.time() - answer.due < STALE:
                break
        return None

    async def line_up(self, key: str, rate: Rate) -> timedelta:
        """Goes to the end of the line without a look; for how long to stay away. Raises StoreUnavailable."""
        async with self._store.statement() as tx:
            return _a_little_early(await tx.paces.queue(key, rate))

    async def _ask(self, line: Line) -> Answer:
        comer: Comer = asyncio.get_running_loop().create_future()
        if line in self._lines:
            self._lines[line].append(comer)
        else:
            self._lines[line] = deque([comer])
            # In a context of its own: it works for many, not for the first.
            task = asyncio.create_task(self._serve(line), context=Context())
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return await comer

    async def _serve(self, line: Line) -> None:
        """Until nobody is left; whoever comes while a statement is under way is part of the next."""
        try:
            while comers := _waiting(self._lines[line]):
                self._lines[line].clear()
                try:
                    answers = await self._answers(line, len(comers))
                except Exception as problem:
                    for comer in _waiting(comers):
                        comer.set_exception(problem)
                else:
                    for comer, answer in zip(comers, answers, strict=True):
                        if not comer.done():
                            comer.set_result(answer)
        finally:
            for comer in self._lines.pop(line):
                comer.cancel()

    async def _answers(self, line: Line, count: int) -> list[Answer]:
        asked_at = asyncio.get_running_loop().time()
        async with self._store.statement() as tx:
            waits = await tx.paces.take(line.key, line.rate, count, waited=line.waited, ahead=AHEAD)
            late = count - len(waits)
            first = await tx.paces.queue(line.key, line.rate, late) if late else timedelta()
        places: list[Answer] = [Place(asked_at + wait.total_seconds(), wait) for wait in waits]
        return places + [_a_little_early(first + line.rate.interval * place) for place in range(late)]


def _waiting(comers: Iterable[Comer]) -> list[Comer]:
    """Those whose caller is still there."""
    return [comer for comer in comers if not comer.done()]


def _a_little_early(wait: timedelta) -> timedelta:
    """In time to wait for its place here: who comes when it is due comes too late for it."""
    return max(timedelta(), wait - AHEAD / 2)
