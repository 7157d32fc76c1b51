"""A connection that comes back by itself, and the wait for a broker that is not there yet."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aio_pika
import structlog
from aio_pika.abc import AbstractRobustConnection
from aio_pika.exceptions import AMQPException
from yarl import URL

HEARTBEAT_SECONDS = 10  # a dead peer is noticed after about three of them
RECONNECT_SECONDS = 1
CONNECT_SECONDS = 5.0
MOST_SECONDS_BETWEEN_TRIES = 5.0

# What aio-pika and the socket below it raise when the broker is gone or going.
LOST = (AMQPException, aio_pika.exceptions.ChannelInvalidStateError, OSError, TimeoutError)

T = TypeVar("T")

log = structlog.get_logger()


async def connect(url: str, name: str) -> AbstractRobustConnection:
    """Open one connection, shown as `name` in the management UI. Raises one of `LOST`."""
    return await aio_pika.connect_robust(
        url,
        timeout=CONNECT_SECONDS,
        client_properties={"connection_name": name},
        heartbeat=HEARTBEAT_SECONDS,
        reconnect_interval=RECONNECT_SECONDS,
    )


async def until_there(url: str, opening: Callable[[], Awaitable[T]]) -> T:
    """Try `opening` until the broker lets it pass: services start in any order."""
    pause = 0.25
    while True:
        try:
            return await opening()
        except LOST as error:
            log.warning("bus.waiting_for_broker", broker=_address(url), error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        pause = min(2 * pause, MOST_SECONDS_BETWEEN_TRIES)


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
