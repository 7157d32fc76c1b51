"""Where the slots of one process take their places in a number's pace, together.

All senders of a number come by one row. A slot that held it until its own commit would hold it for as long as this
process takes to come back to that slot, which on a busy machine is what decides how much a number can send. So the row
is asked in statements of their own, one at a time, each for all who have come meanwhile. A place that is taken and not
used, because its transaction failed, only makes the number a little slower.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta

from remanso.model.pace import Rate
from remanso.store import Store


@dataclass(frozen=True)
class Line:
    """Who may share a statement."""

    key: str
    rate: Rate
    waited: bool


Comer = asyncio.Future[timedelta | None]


class Turnstile:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lines: dict[Line, deque[Comer]] = {}
        self._working: set[asyncio.Task[None]] = set()

    async def enter(self, key: str, rate: Rate, *, waited: bool) -> timedelta | None:
        """None: the place is taken, go at once. Else for how long to stay away, in line with the others who wait.

        Raises StoreUnavailable.
        """
        line = Line(key, rate, waited)
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

    async def line_up(self, key: str, rate: Rate) -> timedelta:
        """Goes to the end of the line without a look; for how long to stay away. Raises StoreUnavailable."""
        async with self._store.statement() as tx:
            return await tx.paces.queue(key, rate)

    async def _serve(self, line: Line) -> None:
        """Until nobody is left; whoever comes while a statement is under way is part of the next."""
        while comers := [comer for comer in self._lines[line] if not comer.done()]:
            self._lines[line].clear()
            try:
                answers = await self._ask(line, len(comers))
            except BaseException as problem:
                _settle_all(comers, problem)
                if not isinstance(problem, Exception):
                    raise
            else:
                for comer, answer in zip(comers, answers, strict=True):
                    if not comer.done():
                        comer.set_result(answer)
        del self._lines[line]

    async def _ask(self, line: Line, count: int) -> list[timedelta | None]:
        async with self._store.statement() as tx:
            taken = await tx.paces.take(line.key, line.rate, count, waited=line.waited)
            late = count - taken
            first = await tx.paces.queue(line.key, line.rate, late) if late else timedelta()
        return [*[None] * taken, *(first + line.rate.interval * place for place in range(late))]


def _settle_all(comers: Sequence[Comer], problem: BaseException) -> None:
    for comer in comers:
        if not comer.done():
            if isinstance(problem, Exception):
                comer.set_exception(problem)
            else:
                comer.cancel()
