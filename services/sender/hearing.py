"""Whether silence means anything: only to somebody who has been listening for long enough."""

import time
from collections.abc import Callable

BEHIND_SECONDS = 5.0
"""Receipts that are in work for so long wait for PostgreSQL."""


class Hearing:
    """For how long receipts have been able to reach this process.

    After a start, an outage of the broker or one of PostgreSQL, receipts that came long ago may still lie in the queue:
    a part that nobody told of yet is not sent again before they have had their time.
    """

    def __init__(self, listening: Callable[[], bool], seconds: float) -> None:
        self._listening = listening
        self._seconds = seconds
        self._since: float | None = None
        self._in_work: Callable[[], float] = lambda: 0.0

    def follow(self, in_work: Callable[[], float]) -> None:
        """Who knows for how many seconds the receipts that came last have been in work."""
        self._in_work = in_work

    async def look(self) -> None:
        """To be called again and again, several times within the seconds."""
        if not self._listening() or self._in_work() > BEHIND_SECONDS:
            self._since = None
        elif self._since is None:
            self._since = time.monotonic()

    def long_enough(self) -> bool:
        return self._since is not None and time.monotonic() - self._since >= self._seconds
