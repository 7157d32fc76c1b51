"""Whether silence means anything: only to somebody who has been listening for long enough."""

import time
from collections.abc import Callable


class Hearing:
    """For how long receipts have been able to reach this process.

    After a start, or an outage of the broker, receipts that came long ago may still lie in the queue: a part that
    nobody told of yet is not sent again before they have had their time.
    """

    def __init__(self, listening: Callable[[], bool], seconds: float) -> None:
        self._listening = listening
        self._seconds = seconds
        self._since: float | None = None

    async def look(self) -> None:
        """To be called again and again, several times within the seconds."""
        if not self._listening():
            self._since = None
        elif self._since is None:
            self._since = time.monotonic()

    def long_enough(self) -> bool:
        return self._since is not None and time.monotonic() - self._since >= self._seconds
