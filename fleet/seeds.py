"""`remanso clients seed`: writing all clients' seeds at once, as a step of a deployment."""

import asyncio
from pathlib import Path

import structlog

from remanso.plugin.registry import load_clients
from remanso.runtime.seeds import plant_seeds
from remanso.runtime.settings import DatabaseUrl, OpsSettings, load_settings
from remanso.store import Store

log = structlog.get_logger()


class SeedSettings(OpsSettings):
    database_url: DatabaseUrl
    clients_dir: Path | None = None


def seed_command() -> None:
    """Write what the clients' seed files say, but nothing that a person has edited or taken away."""
    settings = load_settings(SeedSettings)
    asyncio.run(write_seeds(settings.database_url.get_secret_value(), settings.clients_dir))


async def write_seeds(database_url: str, clients_dir: Path | None) -> None:
    """Adds what is missing and refreshes what differs. Raises StoreUnavailable or ConfigurationError."""
    registry = load_clients(clients_dir, with_tools=True)
    for name, reason in registry.broken.items():
        log.error("client.broken", client=name, reason=reason)
    async with Store.connect(database_url, name="seeds") as store:
        await plant_seeds(store, registry, refresh=True)
