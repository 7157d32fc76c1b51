"""Our database: its address, and bringing its tables up to date, also while its server is still starting."""

import asyncio
import time
from typing import Annotated
from urllib.parse import urlsplit

import typer

from fleet.rights import grant_to_services
from remanso.errors import StoreUnavailable
from remanso.runtime.settings import DatabaseUrl, OpsSettings, load_settings
from remanso.store.migrate import upgrade


class DatabaseSettings(OpsSettings):
    database_url: DatabaseUrl


def database_url() -> str:
    """The address in REMANSO_DATABASE_URL; without a good one it says so and exits with 2."""
    return load_settings(DatabaseSettings).database_url.get_secret_value()


def migrate_command(
    wait: Annotated[float, typer.Option(help="Seconds to wait for a server that is still starting.")] = 30.0,
    grant: Annotated[
        bool, typer.Option("--grant", help="Also make a role for each service, with the least rights it works with.")
    ] = False,
) -> None:
    """Bring the database in REMANSO_DATABASE_URL to the newest schema."""
    url = database_url()
    asyncio.run(bring_up_to_date(url, within=wait))
    if grant:
        typer.echo(f"roles: {', '.join(asyncio.run(grant_to_services(url)))}")


async def bring_up_to_date(database_url: str, *, within: float) -> int:
    """Run the missing migrations; gives how often busy tables were waited for.

    Raises StoreUnavailable when no server answers for `within` seconds.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            return await upgrade(database_url)
        except StoreUnavailable as problem:
            if time.monotonic() > deadline:
                address = urlsplit(database_url)
                raise StoreUnavailable(
                    f"PostgreSQL at {address.hostname}:{address.port or 5432}, the address in REMANSO_DATABASE_URL,"
                    f" does not let us in: {problem}"
                ) from None
        await asyncio.sleep(0.5)
