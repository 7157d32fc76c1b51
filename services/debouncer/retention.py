"""What clients keep for a while only is deleted here, once a day, by one process for all.

Some rows in each transaction, with a pause as long as it took behind each: whoever works on messages has half of the
database's time to themselves, and never waits for more than one batch.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

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
PEOPLE = 5
"""Contacts at a time: each is forgotten in a transaction of its own."""

DELETED = Counter(
    "remanso_debouncer_expired_total",
    "Rows, turns or contacts that were kept long enough: messages, traces, receipts, reports, audit, contacts.",
    ["client", "kind"],
)

log = structlog.get_logger()

Sweeping = Callable[[Transaction], Awaitable[int]]


class RetentionSweep:
    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    async def sweep(self) -> float | None:
        """Does for each client what is due. Raises StoreUnavailable; what was deleted until then is."""
        for client in self._registry.clients.values():
            name = f"retention:{client.name}"
            async with self._store.transaction() as tx:
                token = await tx.chores.claim(name, LEASE)
            if token is not None:
                done = await self._one(client)
                async with self._store.transaction() as tx:
                    await tx.chores.finish(name, token, DAILY if done else SOON)
        return None

    async def _one(self, client: Client) -> bool:
        """Whether nothing is left for today."""
        until, counts = time.monotonic() + RUN_SECONDS, dict[str, int]()
        for kind, deletes in sweepings(client).items():
            found = BATCH
            while found >= BATCH and time.monotonic() < until:
                found = await self._batch(deletes)
                counts[kind] = counts.get(kind, 0) + found
                DELETED.labels(client.name, kind).inc(found)
        counts["contacts"] = await self._forget_the_silent(client, until)
        log.info("retention.swept", client=client.name, **counts)
        return time.monotonic() < until

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
        "audit": lambda tx: tx.retention.audit(name, timedelta(days=keep.audit_days), BATCH),
    }
    days = keep.messages_days
    if days is not None:
        found["messages"] = lambda tx: tx.retention.messages(channels, timedelta(days=days), BATCH)
    return found
