"""From nothing to the newest schema, once, whoever asks how often."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from fleet.local.postgres import PostgresServer
from remanso.store import Store
from remanso.store.connecting import asyncpg_url
from remanso.store.migrate import upgrade
from remanso.store.tables import metadata
from tests.support.infrastructure import database


@pytest.fixture
async def empty_url(postgres: PostgresServer) -> AsyncIterator[str]:
    async with database(postgres.url) as url:
        yield url


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


async def differences(url: str) -> list[object]:
    """What autogeneration would still change."""
    engine = create_async_engine(asyncpg_url(url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_differences)
    finally:
        await engine.dispose()


async def test_from_nothing_to_exactly_our_tables(empty_url: str) -> None:
    await upgrade(empty_url)
    assert await differences(empty_url) == []


async def test_twice_does_nothing(empty_url: str) -> None:
    await upgrade(empty_url)
    await upgrade(empty_url)
    assert await differences(empty_url) == []


async def test_many_at_once_end_alike(empty_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_url) for _ in range(4)))
    assert await differences(empty_url) == []


async def test_who_cannot_have_a_table_gives_up_and_the_next_one_succeeds(empty_url: str) -> None:
    """Half a migration is none: PostgreSQL takes it back whole, and the lock with it."""
    async with Store.connect(empty_url) as store, store.transaction() as tx:
        await tx.connection.execute(text("CREATE TABLE turns (id int)"))
    with pytest.raises(Exception, match="already exists"):
        await upgrade(empty_url)
    async with Store.connect(empty_url) as store, store.transaction() as tx:
        await tx.connection.execute(text("DROP TABLE turns"))
    await upgrade(empty_url)
    assert await differences(empty_url) == []


async def test_ready_only_with_our_tables(empty_url: str) -> None:
    async with Store.connect(empty_url) as store:
        assert not await store.ping()
        await upgrade(empty_url)
        assert await store.ping()
