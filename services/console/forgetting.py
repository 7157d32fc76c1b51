"""What is deleted because nobody looks back so far."""

from datetime import timedelta

from remanso.store import Store
from services.console.api.once import KEPT as REQUESTS_KEPT

NOTIFICATIONS_KEPT = timedelta(days=30)
"""Told or not: an endpoint that was off for longer misses what is older."""


class Forgetting:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def sweep(self) -> None:
        """Raises StoreUnavailable."""
        async with self._store.transaction() as tx:
            await tx.notifications.forget(NOTIFICATIONS_KEPT)
            await tx.api_requests.forget(REQUESTS_KEPT)
