"""Webhooks as Meta may send them: several times, in any order, hours late. And Graph as it may answer."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import Any

from tests.chaos.faults.field import Field, Manners, usual

HOUR = 3600

Strike = Callable[[Field], AbstractAsyncContextManager[None]]


def tripled_and_shuffled(chance: Random) -> dict[str, Any]:
    return {"repeat": 3, "shuffle": True, "spread": True, "seed": chance.randrange(10**6)}


def hours_late(chance: Random) -> dict[str, Any]:
    """Within the 24 hours in which people may be answered."""
    return {
        **tripled_and_shuffled(chance),
        "sent_at": int(time.time()) - chance.randrange(2 * HOUR, 20 * HOUR),
    }


def posted(manners: Manners) -> Strike:
    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        field.manners = manners
        try:
            yield
        finally:
            field.manners = usual

    return strike


def receipts_in_disorder(**how: Any) -> Strike:
    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        await field.world.steer_receipts(**how)
        yield

    return strike


def graph_fails(*faults: dict[str, Any], receipt_delay: float = 0.05) -> Strike:
    """Each fault meets as many requests as its `times`, until it heals. Receipts come `receipt_delay` seconds later."""
    return _failing("graph", faults, receipt_delay)


def model_fails(*faults: dict[str, Any]) -> Strike:
    return _failing("openai", faults, 0.05)


def _failing(who: str, faults: Sequence[dict[str, Any]], receipt_delay: float) -> Strike:
    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        await field.world.steer_receipts(delay=receipt_delay)
        await field.world.control("POST", f"{who}/faults", {"faults": list(faults)})
        try:
            yield
        finally:
            await field.world.control("DELETE", f"{who}/faults")

    return strike
