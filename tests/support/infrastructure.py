"""PostgreSQL and RabbitMQ for tests: one real server of each per session, shared by all who ask.

Where they come from: REMANSO_TEST_DATABASE_URL and REMANSO_TEST_AMQP_URL, else a Docker engine, else a private server
(REMANSO_LOCAL_WAYS changes the order). Each test module gets a database of its own, each test that wants one a vhost.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx

from fleet.local import postgres, rabbitmq
from fleet.local.premises import open_premises
from fleet.local.ways import order_of_ways
from remanso.store.granting import grant
from remanso.store.migrate import upgrade

_DROP_ROLES = """
DO $$ DECLARE role text; BEGIN
    FOR role IN SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{}') LOOP
        EXECUTE format('DROP ROLE %I', role);
    END LOOP;
END $$
"""
"""Roles are the whole server's: those made for a database alone carry its name."""


def tell(line: str) -> None:
    print(line, file=sys.stderr)


@asynccontextmanager
async def postgres_server() -> AsyncIterator[postgres.PostgresServer]:
    url = os.environ.get("REMANSO_TEST_DATABASE_URL")
    async with (
        open_premises() as premises,
        postgres.postgres_server(premises, url=url, order=order_of_ways(), tell=tell) as server,
    ):
        yield server


@asynccontextmanager
async def rabbitmq_server() -> AsyncIterator[rabbitmq.RabbitServer]:
    url = os.environ.get("REMANSO_TEST_AMQP_URL")
    async with (
        open_premises() as premises,
        rabbitmq.rabbitmq_server(premises, url=url, order=order_of_ways(), tell=tell) as server,
    ):
        yield server


@asynccontextmanager
async def database(server_url: str, template: str = "template1") -> AsyncIterator[str]:
    """The URL of a new database, a copy of the database `template`; it is dropped at the end of the block."""
    name = f"remanso_test_{uuid4().hex[:12]}"
    await _administer(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"{server_url.rpartition('/')[0]}/{name}"
    finally:
        await _administer(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')
        await _administer(server_url, _DROP_ROLES.format(f"{name}_"))


@asynccontextmanager
async def migrated_database(server_url: str) -> AsyncIterator[str]:
    """The name of a database with all our tables, the services' rights and no rows, to be copied by `database`."""
    async with database(server_url) as url:
        await upgrade(url)
        await grant(url, {})
        yield url.rpartition("/")[2]


@asynccontextmanager
async def vhost(server: rabbitmq.RabbitServer) -> AsyncIterator[str]:
    """The AMQP URL of a new vhost, dropped at the end of the block with everything in it.

    A broker given by its URL has no management address we know of: there everybody shares its one vhost.
    """
    if server.management_url is None:
        yield server.url
        return
    name = f"test-{uuid4().hex[:12]}"
    async with httpx.AsyncClient(base_url=f"{server.management_url}/api/vhosts", timeout=30) as management:
        (await management.put(f"/{name}")).raise_for_status()
        try:
            yield f"{server.url.rstrip('/')}/{name}"
        finally:
            (await management.delete(f"/{name}")).raise_for_status()


async def _administer(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url.replace("postgresql+asyncpg", "postgresql"))
    try:
        async with asyncio.timeout(30):
            await connection.execute(statement)
    finally:
        await connection.close()
