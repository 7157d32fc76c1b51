"""PostgreSQL's troubles in our words: what may pass is StoreUnavailable, what is wrong with the data is not."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from remanso.errors import StoreUnavailable
from remanso.store import Store, Transaction
from remanso.store import store as store_module
from tests.support.scene import a_conversation
from tests.support.tcp_proxy import tcp_proxy, through

Work = Callable[[Transaction], Awaitable[object]]


async def backend(tx: Transaction) -> int:
    return int((await tx.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def terminate(store: Store, pid: int) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


def statement(sql: str) -> Work:
    return lambda tx: tx.connection.execute(text(sql))


@pytest.mark.parametrize(
    "work",
    [
        statement("SELECT * FROM tables_of_tomorrow"),
        statement("SELECT column_of_tomorrow FROM turns"),
        statement("SET LOCAL statement_timeout = '20ms'"),
    ],
    ids=["no such table yet", "no such column yet", "too slow"],
)
async def test_what_passes_is_unavailable(store: Store, work: Work) -> None:
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as tx:
            await work(tx)
            await tx.connection.execute(text("SELECT pg_sleep(2)"))


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT CAST(:x AS int)", 2**40),
        ("SELECT CAST(:x AS text)", "a\x00"),
        ("SELECT CAST(:x AS text)", "a\ud800"),
        ("SELECT CAST(CAST(:x AS text) AS jsonb)", '"\\u0000"'),
        ("SELECT 1 / CAST(:x AS int)", 0),
    ],
)
async def test_bad_data_is_told_apart(store: Store, sql: str, value: object) -> None:
    """Tried again it would fail again: taken for a passing trouble it would block its queue for ever."""
    with pytest.raises(DBAPIError):
        async with store.transaction() as tx:
            await tx.connection.execute(text(sql), {"x": value})


async def test_no_error_repeats_what_people_wrote(store: Store) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with store.transaction() as tx:
            await tx.connection.execute(text("SELECT CAST(:x AS text), 1 / CAST(:y AS int)"), {"x": "secret", "y": 0})
    assert "secret" not in str(raised.value)


async def test_cut_inside_a_transaction(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as tx:
            await terminate(store, await backend(tx))
            await tx.connection.execute(text("SELECT 1"))


async def test_cut_before_the_commit_nothing_is_stored(store: Store) -> None:
    conversation = await a_conversation(store)
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as tx:
            await tx.contacts.save(conversation.contact_id, name="Ana")
            await terminate(store, await backend(tx))
    async with store.transaction() as tx:
        contact = await tx.contacts.get(conversation.contact_id)
    assert contact
    assert contact.name is None


async def test_cut_during_the_commit_may_have_stored_it(store: Store, database_url: str) -> None:
    """The answer to COMMIT is lost: the caller must be told that nothing is known, and do it again."""
    conversation = await a_conversation(store)
    parts = urlsplit(database_url)
    async with tcp_proxy(parts.hostname or "", parts.port or 5432) as proxy:
        url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}").geturl()
        async with Store.connect(url) as through_proxy:
            with pytest.raises(StoreUnavailable):
                async with through_proxy.transaction() as tx:
                    await tx.contacts.save(conversation.contact_id, name="Ana")
                    proxy.delay = 0.2
                    asyncio.get_running_loop().call_later(0.3, proxy.cut)
    async with store.transaction() as tx:
        contact = await tx.contacts.get(conversation.contact_id)
    assert contact
    assert contact.name in (None, "Ana")


async def test_connections_that_fell_silent_are_given_up_together(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-open wire says nothing: without a limit of our own every transaction on it waits for ever."""
    monkeypatch.setattr(store_module, "TRANSACTION_SECONDS", 0.5)
    parts = urlsplit(database_url)
    async with (
        tcp_proxy(parts.hostname or "", parts.port or 5432) as proxy,
        Store.connect(through(proxy, database_url)) as store,
    ):
        assert all(await asyncio.gather(*(store.ping() for _ in range(5))))
        proxy.abandon()
        with pytest.raises(StoreUnavailable):
            async with store.transaction() as tx:
                await backend(tx)
        assert await store.ping(), "the other four were given up with it"


async def test_a_farewell_to_a_server_that_hangs_is_short(database_url: str) -> None:
    """It would wait for ever: a service that is stopped meanwhile ended only with its hard exit."""
    parts = urlsplit(database_url)
    async with (
        tcp_proxy(parts.hostname or "", parts.port or 5432) as proxy,
        asyncio.timeout(20),
        Store.connect(through(proxy, database_url)) as store,
    ):
        assert await store.ping()
        proxy.stall()


async def test_a_process_that_sleeps_in_a_transaction_loses_it(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as tx:
            await tx.connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '30ms'"))
            await asyncio.sleep(0.3)
            await tx.connection.execute(text("SELECT 1"))


async def test_nobody_waits_long_for_a_row(store: Store) -> None:
    conversation = await a_conversation(store)
    async with store.transaction() as holder:
        await holder.conversations.lock(conversation.id)
        with pytest.raises(StoreUnavailable, match="55P03"):
            async with store.transaction() as tx:
                await tx.connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
                await tx.conversations.lock(conversation.id)


@pytest.mark.parametrize("change", ["password 'other'", "connection limit 0", "nologin"])
async def test_a_log_in_refused_is_no_poison(store: Store, database_url: str, change: str) -> None:
    """A rotated password while a batch is in hand must return the batch, not bury it."""
    async with store.transaction() as tx:
        await tx.connection.execute(text("DROP ROLE IF EXISTS passing"))
        await tx.connection.execute(text("CREATE ROLE passing LOGIN PASSWORD 'x'"))
        await tx.connection.execute(text(f"ALTER ROLE passing {change}"))
    parts = urlsplit(database_url)
    url = parts._replace(netloc=f"passing:x@{parts.hostname}:{parts.port}").geturl()
    try:
        async with Store.connect(url) as refused:
            with pytest.raises(StoreUnavailable):
                async with refused.transaction() as tx:
                    await tx.connection.execute(text("SELECT 1"))
    finally:
        async with store.transaction() as tx:
            await tx.connection.execute(text("DROP ROLE passing"))


async def test_no_server_and_no_database(database_url: str) -> None:
    for url in ("postgresql://u:p@127.0.0.1:1/x", database_url.rpartition("/")[0] + "/nonesuch"):
        async with Store.connect(url) as nowhere:
            assert not await nowhere.ping()
            with pytest.raises(StoreUnavailable):
                async with nowhere.transaction() as tx:
                    await tx.connection.execute(text("SELECT 1"))
