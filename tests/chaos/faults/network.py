"""The wires between the services and what they talk to: cut, slow, stuck, half-open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.chaos.faults.field import Field
from tests.support.tcp_proxy import TcpProxy

Strike = Callable[[Field], AbstractAsyncContextManager[None]]
Wire = Callable[[Field], TcpProxy]


def cut(wire: Wire) -> Strike:
    """Everything connected is reset and nobody listens until it heals."""

    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        proxy = wire(field)
        proxy.vanish()
        try:
            yield
        finally:
            await proxy.listen()

    return strike


def flapping(wire: Wire) -> Strike:
    """Everything connected is reset, again and again; new connections are welcome each time."""

    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        for _ in range(6):
            wire(field).cut()
            await asyncio.sleep(0.5)
        yield

    return strike


def delayed(wire: Wire, seconds: float) -> Strike:
    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        proxy = wire(field)
        proxy.delay = seconds
        try:
            yield
        finally:
            proxy.delay = 0.0

    return strike


def stuck(wire: Wire) -> Strike:
    """Connections stay and nothing moves on them, old or new; then all of it moves at once."""

    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        proxy = wire(field)
        proxy.stall()
        try:
            yield
        finally:
            proxy.flow()

    return strike


def half_open(wire: Wire) -> Strike:
    """What is connected never hears anything again, not even that it is over. It never heals: it has to be noticed."""

    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        wire(field).abandon()
        yield

    return strike
