"""Brings a database to the newest schema. One process migrates, the others wait; running it twice does nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from remanso.store.address import asyncpg_url, wire
from remanso.store.store import passing_troubles

_FOLDER = Path(__file__).parent / "migrations"

LOCK = 0x52454D41
"""Key of the advisory lock: "REMA" in ASCII."""


def configuration() -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    return config


async def upgrade(database_url: str, revision: str = "head") -> None:
    """Runs what is missing up to `revision`. Statements that would wait longer than 5 s for a table give up instead.

    Raises StoreUnavailable when PostgreSQL cannot be reached, refuses the log-in, or the tables are too busy.
    """
    engine = create_async_engine(asyncpg_url(database_url), hide_parameters=True, connect_args=wire(database_url))
    try:
        with passing_troubles():
            await _migrate(engine, revision)
    finally:
        await engine.dispose()


async def _migrate(engine: AsyncEngine, revision: str) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        await connection.execute(text("SET lock_timeout = '5s'"))
        await connection.commit()
        await connection.run_sync(_upgrade, revision)
        await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        await connection.commit()


def _upgrade(connection: Connection, revision: str) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
