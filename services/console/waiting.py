"""What waits in PostgreSQL, as gauges.

One process exports them, and no leader is chosen: a second console exports the same figures, which come from the same
rows. So whoever draws them takes the greatest of all consoles, never their sum.
"""

from prometheus_client import Gauge

from remanso.store import Store
from remanso.store.waiting import Waiting

COUNT = Gauge("remanso_console_waiting", "Rows that wait, by stage: take max(), never sum().", ["client", "stage"])
OLDEST = Gauge("remanso_console_waiting_oldest_seconds", "Age of the oldest of them.", ["client", "stage"])
READ = Gauge("remanso_console_waiting_read_timestamp_seconds", "When this was last read, as Unix time.")


class WaitingMetrics:
    """A stage that was seen once stays, at zero: a line that ends looks like a console that is gone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: set[tuple[str, str]] = set()

    async def sweep(self) -> None:
        """Reads what waits now. Raises StoreUnavailable, also where reading takes too long."""
        async with self._store.transaction() as tx:
            found = await tx.waiting.now()
        self._show({(one.client, one.stage): one for one in found})
        READ.set_to_current_time()

    def _show(self, found: dict[tuple[str, str], Waiting]) -> None:
        self._seen |= found.keys()
        for at in self._seen:
            one = found.get(at)
            COUNT.labels(*at).set(one.count if one else 0)
            OLDEST.labels(*at).set(one.oldest_seconds if one else 0.0)
