"""Seeding: what clients bring along in their folders becomes rows, where no person has said otherwise."""

import asyncio
from collections.abc import Iterator

import structlog

from remanso.errors import ConfigurationError, StoreUnavailable
from remanso.plugin.registry import Client, Registry
from remanso.plugin.seeds import Seeds, read_seeds
from remanso.store import Store

PAUSE_SECONDS = 1.0

log = structlog.get_logger()


async def plant_seeds(store: Store, registry: Registry, *, refresh: bool) -> None:
    """Adds the items that are missing; with `refresh` those that differ are written as well.

    Broken seeds are named and skipped: what is stored already goes on being offered. Raises StoreUnavailable.
    """
    for client in registry.clients.values():
        for name, seeds in _readable(client):
            async with store.transaction() as tx:
                seeded = await tx.collections.seed(client.name, name, seeds, refresh=refresh)
            counts = {"added": seeded.added, "refreshed": seeded.refreshed}
            log.info("seeds.planted", client=client.name, collection=name, **counts)


async def plant_seeds_when_possible(store: Store, registry: Registry, *, refresh: bool) -> None:
    """The same, however long PostgreSQL lets us wait."""
    while True:
        try:
            return await plant_seeds(store, registry, refresh=refresh)
        except StoreUnavailable as problem:
            log.warning("seeds.waiting_for_store", error=str(problem))
        await asyncio.sleep(PAUSE_SECONDS)


def _readable(client: Client) -> Iterator[tuple[str, Seeds]]:
    for collection in client.collections:
        try:
            seeds = read_seeds(client.folder, collection)
        except ConfigurationError as problem:
            log.error("seeds.broken", client=client.name, collection=collection.name, reason=str(problem))
        else:
            if seeds:
                yield collection.name, seeds
