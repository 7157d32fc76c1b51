"""From nothing to the newest schema, once, whoever asks how often."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from fleet.local.postgres import PostgresServer
from remanso.runtime.schema import LOOK_SECONDS, until_schema
from remanso.store import Store
from remanso.store.address import asyncpg_url
from remanso.store.migrate import upgrade
from remanso.store.tables import metadata
from tests.support.infrastructure import database
from tests.support.waiting import eventually


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


async def test_a_service_begins_when_the_tables_are_there(empty_url: str) -> None:
    async with Store.connect(empty_url) as store:
        waiting = asyncio.create_task(until_schema(store))
        await upgrade(empty_url, "0017")
        done, _ = await asyncio.wait({waiting}, timeout=2 * LOOK_SECONDS)
        assert not done, "these are the tables of an older release"
        await upgrade(empty_url)
        await asyncio.wait_for(waiting, timeout=30)


async def test_who_waits_for_a_table_lets_the_others_pass_and_tries_again(empty_url: str) -> None:
    """A reader that does not end keeps the migration out; behind the migration's own wait nobody stands for long."""
    await upgrade(empty_url, "0017")
    engine = create_async_engine(asyncpg_url(empty_url))
    async with Store.connect(empty_url) as store, engine.connect() as reader, engine.connect() as another:
        await reader.execute(text("LOCK TABLE media IN ACCESS SHARE MODE"))  # a reader's lock, without a snapshot
        migrating = asyncio.create_task(upgrade(empty_url))
        await eventually(lambda: is_waited_for(store, "media"), within=60)
        await another.execute(text("LOCK TABLE media IN ACCESS SHARE MODE"))
        await another.rollback()
        await reader.rollback()
        assert await asyncio.wait_for(migrating, timeout=60) >= 1
    await engine.dispose()
    assert await differences(empty_url) == []


async def is_waited_for(store: Store, table: str) -> bool:
    async with store.transaction() as tx:
        found = await tx.connection.scalar(
            text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = to_regclass(:table)"), {"table": table}
        )
    return bool(found)


async def test_a_migration_that_was_cut_off_between_its_indexes_is_run_again(empty_url: str) -> None:
    await upgrade(empty_url, "0017")
    async with Store.connect(empty_url) as store, store.transaction() as tx:  # as far as a killed one may have come
        await tx.connection.execute(text("ALTER TABLE turns ADD COLUMN untraced_at timestamptz"))
        await tx.connection.execute(text("CREATE INDEX ix_receipts_channel_created_at ON receipts (channel)"))
    await upgrade(empty_url)
    assert await differences(empty_url) == []
