"""Processes that hang: longer than any lease, so that they wake up as zombies with work in hand that is others' now."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.chaos.faults.field import Field
from tests.chaos.world import ZOMBIE_SECONDS


def frozen(service: str) -> Callable[[Field], AbstractAsyncContextManager[None]]:
    """SIGSTOP for one of two processes of a service."""

    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        stack = field.world.stack
        stack.freeze(service)
        try:
            yield
        finally:
            stack.thaw(service)

    return strike


@asynccontextmanager
async def all_frozen_in_turn(field: Field) -> AsyncIterator[None]:
    """Every process of agents and senders hangs, one begins when another ends."""
    for service in ("agent", "sender"):
        for process in field.processes(service):
            process.freeze()
            await asyncio.sleep(ZOMBIE_SECONDS)
            process.thaw()
    yield
