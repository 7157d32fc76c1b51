"""How a database stands: which schema it has, of which server; whether a restore of it is unfinished."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from remanso.store.address import asyncpg_url
from remanso.store.connecting import passing_troubles


@dataclass(frozen=True)
class Standing:
    """`revision`: None where there are none of our tables. `restoring`: the backup's id while one is being restored."""

    revision: str | None
    server: int
    now: datetime
    restoring: str | None
    empty: bool


async def standing_of(url: str) -> Standing:
    """Raises StoreUnavailable when the server cannot be reached or refuses the log-in."""
    engine = create_async_engine(asyncpg_url(url), hide_parameters=True)
    try:
        with passing_troubles():
            async with engine.connect() as connection:
                return await read_standing(connection)
    finally:
        await engine.dispose()


async def clients_in(url: str) -> tuple[str, ...]:
    """Whose contacts a database holds, by name."""
    engine = create_async_engine(asyncpg_url(url), hide_parameters=True)
    try:
        with passing_troubles():
            async with engine.connect() as connection:
                found = await connection.execute(text("SELECT DISTINCT client FROM contacts ORDER BY client"))
                return tuple(found.scalars())
    finally:
        await engine.dispose()


async def begin_restoring(url: str, backup: UUID) -> None:
    """Marks an empty database from before the first row of a backup until the last thing after it is done.

    The mark is a schema, because everything else comes from the backup; its comment says of which.
    """
    engine = create_async_engine(asyncpg_url(url), hide_parameters=True)
    try:
        with passing_troubles():
            async with engine.begin() as connection:
                await connection.execute(text("CREATE SCHEMA remanso_restoring"))
                await connection.execute(text(f"COMMENT ON SCHEMA remanso_restoring IS '{backup}'"))
    finally:
        await engine.dispose()


async def read_standing(connection: AsyncConnection) -> Standing:
    there = await _one(connection, "SELECT to_regclass('alembic_version') IS NOT NULL")
    revision = await _one(connection, "SELECT max(version_num) FROM alembic_version") if there else None
    number = await _one(connection, "SHOW server_version_num")
    return Standing(
        revision=revision,
        server=int(number) // 10_000,
        now=await _one(connection, "SELECT clock_timestamp()"),
        restoring=await _one(
            connection,
            "SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace"
            " WHERE nspname = 'remanso_restoring'",
        ),
        empty=await _one(
            connection, "SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('public'))"
        ),
    )


async def _one(connection: AsyncConnection, statement: str) -> Any:
    return await connection.scalar(text(statement))
