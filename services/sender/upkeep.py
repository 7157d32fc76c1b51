"""Templates and numbers are read from Graph at the start and once a day; webhooks tell what happens in between."""

import asyncio
from datetime import timedelta

import structlog
from prometheus_client import Counter

from remanso.channels.whatsapp.assets import Assets
from remanso.channels.whatsapp.client import GraphClient, GraphUnreached, GraphUnreadable
from remanso.errors import ConfigurationError
from remanso.plugin.registry import Client, Registry
from remanso.runtime.upkeep import synchronise
from remanso.store import Store

DAILY = timedelta(days=1)
AGAIN = timedelta(minutes=5)
SOON = timedelta(seconds=15)
"""Where nobody answered: whoever plays Graph may have started later than we did."""
FRESH = timedelta(minutes=10)
"""Processes that start one after the other need not all ask."""
LEASE = timedelta(minutes=3)
LONGEST_SECONDS = 150.0

SYNCHRONISED = Counter(
    "remanso_sender_synchronised_total",
    "Readings of a client's templates and numbers: done, failed.",
    ["client", "outcome"],
)

log = structlog.get_logger()


class Upkeep:
    """One process does it for all: the chore of each client has a lease."""

    def __init__(self, store: Store, registry: Registry, graph: GraphClient) -> None:
        self._store = store
        self._registry = registry
        self._assets = Assets(graph)
        self._started = False

    async def sweep(self) -> None:
        """Reads what is due. Raises StoreUnavailable."""
        if not self._started:
            await self._want()
            self._started = True
        for client in self._registry.clients.values():
            await self._one(client)

    async def _want(self) -> None:
        async with self._store.transaction() as tx:
            for name in sorted(self._registry.clients):
                await tx.chores.want(chore(name), FRESH)

    async def _one(self, client: Client) -> None:
        async with self._store.transaction() as tx:
            token = await tx.chores.claim(chore(client.name), LEASE)
        if token is None:
            return
        pause, trouble = await self._synchronise(client)
        SYNCHRONISED.labels(client.name, "failed" if trouble else "done").inc()
        async with self._store.transaction() as tx:
            await tx.chores.finish(chore(client.name), token, pause, trouble)

    async def _synchronise(self, client: Client) -> tuple[timedelta, str | None]:
        """How long until the next time; and None, or why it did not work."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                facts = await synchronise(self._store, self._assets, client)
        except (GraphUnreadable, ConfigurationError, TimeoutError) as problem:
            log.warning("graph.not_synchronised", client=client.name, error=f"{type(problem).__name__}: {problem}")
            return SOON if isinstance(problem, GraphUnreached) else AGAIN, f"{type(problem).__name__}: {problem}"
        log.info("graph.synchronised", client=client.name, facts=len(facts))
        return DAILY, None


def chore(client: str) -> str:
    return f"graph:{client}"
