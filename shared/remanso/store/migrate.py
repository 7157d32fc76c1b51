"""Brings a database to the newest schema, while services work on it: docs/upgrades.md.

One process migrates at a time, the others wait their turn; running it twice does nothing. No statement waits for a
table for longer than `LOCK_TIMEOUT`: whoever waits for one keeps everybody behind it waiting, too. A migration that did
not get its tables is taken back whole and tried again.
"""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from remanso.errors import StoreUnavailable
from remanso.store.address import asyncpg_url, wire
from remanso.store.connecting import passing_troubles
from remanso.store.migrations.gently import LOCK_TIMEOUT

_FOLDER = Path(__file__).parent / "migrations"

LOCK = 0x52454D41
"""Key of the advisory lock: "REMA" in ASCII."""
_TURN_SECONDS = 0.2
"""Between two looks whether it is our turn: a statement that waited for it would keep an index from being built."""

_NOT_HAD = ("55P03", "40P01")
"""PostgreSQL's codes for a lock that was not to be had in time, or only in a circle with a service's transaction."""
MOST_TRIES = 30
_PAUSE_SECONDS = 1.0
"""After a lock that was not to be had; the traffic that waited behind us goes first."""


def configuration(versions: Path | None = None) -> Config:
    """Alembic's configuration without an ini file. `versions`: a folder with more migrations, for tests."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    if versions is not None:
        config.set_main_option("version_locations", f"{_FOLDER / 'versions'}:{versions}")
    return config


def newest() -> str:
    """The revision that this code was written for."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def known() -> frozenset[str]:
    """Every revision that this code knows: its own and all before it."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions())


async def upgrade(
    database_url: str, revision: str = "head", *, versions: Path | None = None, tries: int = MOST_TRIES
) -> int:
    """Runs what is missing up to `revision`; gives how often it had to try again because tables were busy.

    Raises StoreUnavailable when PostgreSQL cannot be reached, refuses the log-in, or the tables stayed too busy.
    """
    engine = create_async_engine(asyncpg_url(database_url), hide_parameters=True, connect_args=wire(database_url))
    try:
        with passing_troubles():
            return await _migrate(engine, configuration(versions), revision, tries)
    finally:
        await engine.dispose()


async def _migrate(engine: AsyncEngine, config: Config, revision: str, tries: int) -> int:
    async with engine.connect() as connection:
        await _take_turn(connection)
        await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        await connection.commit()
        for again in range(tries):
            try:
                await connection.run_sync(_upgrade, config, revision)
            except DBAPIError as problem:
                if getattr(problem.orig, "sqlstate", None) not in _NOT_HAD:
                    raise
                await connection.rollback()
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
                await connection.commit()
                return again
    raise StoreUnavailable(f"the tables were too busy, {tries} times in a row; try again when there is less traffic")


async def _take_turn(connection: AsyncConnection) -> None:
    while True:
        taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK})
        await connection.commit()
        if taken:
            return
        await asyncio.sleep(_TURN_SECONDS)


def _upgrade(connection: Connection, config: Config, revision: str) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
