"""What happens in the simulator, told to whoever watches: the phone page, a test."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

Event = dict[str, Any]

# A watcher that has read nothing for this many events hangs; it is sent away and will ask for the whole state again.
_LONGEST_BACKLOG = 10_000


class EventStream:
    """Fan-out of events to every current watcher; what nobody watches is forgotten."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[Event | None]] = set()

    def tell(self, what: str, contact: str | None, about: Event | None = None) -> None:
        """Tell all watchers that `what` happened: message, status, typing, contact, webhook or reset."""
        event = {**(about or {}), "what": what, "contact": contact}
        for watcher in list(self._watchers):
            if watcher.qsize() < _LONGEST_BACKLOG:
                watcher.put_nowait(event)
            else:
                self._send_away(watcher)

    def close(self) -> None:
        """End every watcher's iteration."""
        for watcher in list(self._watchers):
            self._send_away(watcher)

    async def watch(self) -> AsyncIterator[Event]:
        """Yield every event told from now on, until the stream is closed."""
        backlog: asyncio.Queue[Event | None] = asyncio.Queue()
        self._watchers.add(backlog)
        try:
            while (event := await backlog.get()) is not None:
                yield event
        finally:
            self._watchers.discard(backlog)

    def _send_away(self, watcher: asyncio.Queue[Event | None]) -> None:
        self._watchers.discard(watcher)
        watcher.put_nowait(None)
