"""What clients keep for a while only is deleted here, once a day, by one process for all. Which table is kept for how
long, and by whom its rows are deleted: docs/data-care.md.

Some rows in each transaction, with a pause as long as it took behind each: whoever works on messages has half of the
database's time to themselves, and never waits for more than one batch.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

import structlog
from prometheus_client import Counter

from remanso.plugin.registry import Client, Registry
from remanso.store import Store, Transaction

LOOK_SECONDS = 60.0
DAILY = timedelta(days=1)
SOON = timedelta(minutes=1)
"""When there was more than one run may do."""
LEASE = timedelta(minutes=5)
RUN_SECONDS = 120.0
"""Of one run for one client; far less than the lease, so that no two do the same."""
BATCH = 500
NOBODYS_AUDIT = timedelta(days=730)
"""Of log-ins, and whatever else somebody did that is about no client."""
PEOPLE = 5
"""Contacts at a time: each is forgotten in a transaction of its own."""

DELETED = Counter(
    "remanso_debouncer_expired_total",
    "Rows, turns or contacts that were kept long enough: messages, traces, receipts, reports, refusals, notices, "
    "uploads, audit, contacts; without a client the audit of what is of none.",
    ["client", "kind"],
)

log = structlog.get_logger()

Sweeping = Callable[[Transaction], Awaitable[int]]


class RetentionSweep:
    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    async def sweep(self) -> float | None:
        """Does for each client, and then for what is nobody's, what is due. Raises StoreUnavailable; what was deleted
        until then is."""
        for client in self._registry.clients.values():
            await self._chore(f"retention:{client.name}", partial(self._of_client, client))
        await self._chore("retention", self._of_nobody)
        return None

    async def _chore(self, name: str, work: Callable[[], Awaitable[bool]]) -> None:
        async with self._store.transaction() as tx:
            token = await tx.chores.claim(name, LEASE)
        if token is not None:
            done = await work()
            async with self._store.transaction() as tx:
                await tx.chores.finish(name, token, DAILY if done else SOON)

    async def _of_client(self, client: Client) -> bool:
        """Whether nothing is left for today."""
        until = time.monotonic() + RUN_SECONDS
        counts = await self._run(client.name, sweepings(client), until)
        counts["contacts"] = await self._forget_the_silent(client, until)
        log.info("retention.swept", client=client.name, **counts)
        return time.monotonic() < until

    async def _of_nobody(self) -> bool:
        until = time.monotonic() + RUN_SECONDS
        counts = await self._run("", {"audit": lambda tx: tx.retention.audit(None, NOBODYS_AUDIT, BATCH)}, until)
        log.info("retention.swept", client="", **counts)
        return time.monotonic() < until

    async def _run(self, client: str, kinds: Mapping[str, Sweeping], until: float) -> dict[str, int]:
        counts = dict.fromkeys(kinds, 0)
        for kind, deletes in kinds.items():
            found = BATCH
            while found >= BATCH and time.monotonic() < until:
                found = await self._batch(deletes)
                counts[kind] += found
                DELETED.labels(client, kind).inc(found)
        return counts

    async def _batch(self, deletes: Sweeping) -> int:
        began = time.monotonic()
        async with self._store.transaction() as tx:
            found = await deletes(tx)
        if found:
            await asyncio.sleep(time.monotonic() - began)
        return found

    async def _forget_the_silent(self, client: Client, until: float) -> int:
        days, forgotten = client.config.retention.silent_days, 0
        found = PEOPLE if days is not None else 0
        while days is not None and found >= PEOPLE and time.monotonic() < until:
            async with self._store.transaction() as tx:
                silent = await tx.retention.silent(client.name, timedelta(days=days), PEOPLE)
            for contact_id in silent:
                async with self._store.transaction() as tx:
                    await tx.forgetting.forget(client.name, contact_id, who="retention", marked=False)
                DELETED.labels(client.name, "contacts").inc()
            found, forgotten = len(silent), forgotten + len(silent)
        return forgotten


def sweepings(client: Client) -> Mapping[str, Sweeping]:
    """What is deleted of this client, by kind; the client's channels are found by their ids."""
    keep = client.config.retention
    name, channels = client.name, [channel.phone_number_id for channel in client.config.channels]
    found: dict[str, Sweeping] = {
        "traces": lambda tx: tx.retention.traces(name, timedelta(days=keep.traces_days), BATCH),
        "receipts": lambda tx: tx.retention.receipts(channels, timedelta(days=keep.receipts_days), BATCH),
        "reports": lambda tx: tx.retention.reports(name, timedelta(days=keep.reports_days), BATCH),
        "refusals": lambda tx: tx.retention.parkings(name, timedelta(days=keep.reports_days), BATCH),
        "notices": lambda tx: tx.retention.notices(name, timedelta(days=keep.reports_days), BATCH),
        "uploads": lambda tx: tx.retention.uploads(channels, BATCH),
        "audit": lambda tx: tx.retention.audit(name, timedelta(days=keep.audit_days), BATCH),
    }
    days = keep.messages_days
    if days is not None:
        found["messages"] = lambda tx: tx.retention.messages(channels, timedelta(days=days), BATCH)
    return found
