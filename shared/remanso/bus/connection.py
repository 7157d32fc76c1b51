"""A connection that comes back by itself, and the wait for a broker that is not there yet."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import aio_pika
import structlog
from aio_pika.abc import AbstractRobustConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, AMQPException
from yarl import URL

from remanso.bus.metrics import LOSSES

HEARTBEAT_SECONDS = 10  # a dead peer is noticed after about three of them
RECONNECT_SECONDS = 1
CONNECT_SECONDS = 5.0
OPENING_SECONDS = 15.0
MOST_SECONDS_BETWEEN_TRIES = 5.0
PARTING_SECONDS = 2.0

# What aio-pika and the socket below it raise when the broker is gone or going.
# (StopAsyncIteration among them: a peer that closes in mid-handshake, such as a port proxy before its broker is up.)
LOST = (AMQPException, *CONNECTION_EXCEPTIONS)

T = TypeVar("T")

log = structlog.get_logger()


class _Connection(aio_pika.RobustConnection):
    """aio-pika's own, but for one thing: it goes on reconnecting for ever when its first `connect` was given up."""

    async def connect(self, timeout: float | None = None) -> None:
        try:
            await super().connect(timeout)
        except BaseException:
            await self.close()
            raise


async def connect(url: str, name: str) -> AbstractRobustConnection:
    """Open one connection, shown as `name` in the management UI. Raises one of `LOST`."""
    connection = await aio_pika.connect_robust(
        url,
        connection_class=_Connection,
        timeout=CONNECT_SECONDS,
        client_properties={"connection_name": name},
        heartbeat=HEARTBEAT_SECONDS,
        reconnect_interval=RECONNECT_SECONDS,
    )
    watch = _Watch(connection, name)
    connection.close_callbacks.add(lambda _, error: watch.lost(error))
    connection.reconnect_callbacks.add(lambda _: watch.back())
    return connection


@dataclass
class _Watch:
    """Tells of a loss once: aio-pika calls it one again with each try to reconnect that fails."""

    connection: AbstractRobustConnection
    name: str
    away: bool = False

    def lost(self, error: BaseException | None) -> None:
        if self.away or self.connection.close_called:
            return
        self.away = True
        LOSSES.inc()
        log.warning("bus.connection_lost", connection=self.name, error=_told(error))

    def back(self) -> None:
        self.away = False
        log.info("bus.connection_back", connection=self.name)


def _told(error: BaseException | None) -> str:
    """aiormq ends a connection on which no frame came for too long with a CancelledError that says nothing."""
    if isinstance(error, asyncio.CancelledError):
        return "the broker fell silent"
    return f"{type(error).__name__}: {error}".removesuffix(": ")


async def until_there(url: str, opening: Callable[[], Awaitable[T]]) -> T:
    """Try `opening` until the broker lets it pass: services start in any order."""
    pause = 0.25
    while True:
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                return await opening()
        except LOST as error:
            log.warning("bus.waiting_for_broker", broker=_address(url), error=_told(error))
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        pause = min(2 * pause, MOST_SECONDS_BETWEEN_TRIES)


@contextlib.asynccontextmanager
async def parting() -> AsyncIterator[None]:
    """A farewell to a broker that may be gone: it gets `PARTING_SECONDS`, and what goes wrong does not matter."""
    with contextlib.suppress(*LOST):
        try:
            async with asyncio.timeout(PARTING_SECONDS):
                yield
        except asyncio.CancelledError:
            if asked_to_cancel():
                raise


def _address(url: str) -> str:
    parts = URL(url)
    return f"{parts.host}:{parts.port or 5672}{parts.path}"


def asked_to_cancel() -> bool:
    """Whether a CancelledError in this task was meant for it.

    aiormq ends what it caught on a stuck connection with a bare CancelledError that nobody asked for.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def broker_version(connection: AbstractRobustConnection) -> str:
    transport = connection.transport
    properties = transport.connection.server_properties if transport else {}
    return str(properties.get("version", "unknown"))
