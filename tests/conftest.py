"""Fixtures everybody uses. What they hand out is built in tests/support."""

import os
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog

from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from tests.support import infrastructure
from tests.support.rights import rights_of_services
from tests.support.scheduling import ByStack


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByStack:
    """`make test` runs several files at once."""
    return ByStack(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """One seed for the order of sets in all workers: they must find the same tests in the same order."""
    os.environ.setdefault("PYTHONHASHSEED", str(random.randrange(2**32)))


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Log lines as structlog prints them to people, but tracebacks without every local value: those take seconds."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])


@pytest.fixture(scope="session", autouse=True)
def least_rights() -> Iterator[None]:
    """What a service may not do with a table in production it may not do in its tests."""
    with rights_of_services():
        yield


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[PostgresServer]:
    """A real PostgreSQL server, started once."""
    async with infrastructure.postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
async def migrated_template(postgres: PostgresServer) -> AsyncIterator[str]:
    """The name of a database with all our tables, migrated once and copied from then on."""
    async with infrastructure.migrated_database(postgres.url) as name:
        yield name


@pytest.fixture(scope="module")
async def database_url(postgres: PostgresServer, migrated_template: str) -> AsyncIterator[str]:
    """A fresh migrated database for each test module."""
    async with infrastructure.database(postgres.url, migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
async def rabbitmq() -> AsyncIterator[RabbitServer]:
    """A real RabbitMQ broker, started once."""
    async with infrastructure.rabbitmq_server() as server:
        yield server


@pytest.fixture
async def amqp_url(rabbitmq: RabbitServer) -> AsyncIterator[str]:
    """A vhost of its own for each test."""
    async with infrastructure.vhost(rabbitmq) as url:
        yield url
