"""Processes that hang: longer than any lease, so that they wake up as zombies with work in hand that is others' now."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.chaos.faults.field import Field
from tests.chaos.world import SLOWNESS, ZOMBIE_SECONDS


def frozen(service: str) -> Callable[[Field], AbstractAsyncContextManager[None]]:
    """SIGSTOP for one of two processes of a service."""

    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        stack = field.world.stack
        async with _much_in_hand(field):
            stack.freeze(service)
            try:
                yield
            finally:
                stack.thaw(service)

    return strike


@asynccontextmanager
async def all_frozen_in_turn(field: Field) -> AsyncIterator[None]:
    """Every process of agents and senders hangs, one begins when another ends."""
    async with _much_in_hand(field):
        for service in ("agent", "sender"):
            for process in field.processes(service):
                process.freeze()
                await asyncio.sleep(ZOMBIE_SECONDS)
                process.thaw()
        yield


@asynccontextmanager
async def _much_in_hand(field: Field) -> AsyncIterator[None]:
    """Model and Graph take their time: whoever hangs now does so in the middle of a call."""
    await field.model_fails(kind="slow", seconds=1.0 * SLOWNESS)
    await field.graph_fails(kind="slow", seconds=0.5 * SLOWNESS)
    await asyncio.sleep(1.0)
    try:
        yield
    finally:
        await field.world.control("DELETE", "openai/faults")
        await field.world.control("DELETE", "graph/faults")
