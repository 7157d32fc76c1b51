"""What the console wrote for itself and nobody looks back to any more is deleted. What is a client's is deleted by the
debouncer's retention; which table is kept for how long, and why: docs/data-care.md."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from remanso.store import Store, Transaction
from services.console.api.once import KEPT as REQUESTS_KEPT

BATCH = 2_000
"""Rows in one transaction."""
NOTIFICATIONS_KEPT = timedelta(days=30)
"""Told or not: an endpoint that was off for longer misses what is older."""
LETTERS_KEPT = timedelta(days=30)
"""Behind their end, for who asks whether one went. One of a handoff that waits stays, or it would be written anew."""
LINKS_KEPT = timedelta(days=30)
"""Behind the end of their time."""
FAILURES_KEPT = timedelta(days=1)
"""A quarter of an hour of them counts."""

SWEEPINGS: Mapping[str, Callable[[Transaction], Awaitable[int]]] = {
    "notifications": lambda tx: tx.notifications.forget(NOTIFICATIONS_KEPT, BATCH),
    "requests": lambda tx: tx.api_requests.forget(REQUESTS_KEPT, BATCH),
    "letters": lambda tx: tx.letters.forget(LETTERS_KEPT, BATCH),
    "links": lambda tx: tx.links.forget(LINKS_KEPT, BATCH),
    "sessions": lambda tx: tx.sessions.forget(BATCH),
    "failures": lambda tx: tx.throttle.forget(FAILURES_KEPT, BATCH),
}
"""Each deletes at most a batch, and gives how many it was."""


class Forgetting:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def sweep(self) -> None:
        """Raises StoreUnavailable; what was deleted until then is."""
        for deletes in SWEEPINGS.values():
            found = BATCH
            while found >= BATCH:
                async with self._store.transaction() as tx:
                    found = await deletes(tx)
