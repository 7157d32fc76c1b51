"""PostgreSQL dies and comes back, or throws everybody out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.faults.field import Field

DOWN_SECONDS = 2.0


@asynccontextmanager
async def killed(field: Field) -> AsyncIterator[None]:
    field.database.program.kill()
    await asyncio.sleep(DOWN_SECONDS)
    await field.database.bring_back()
    yield


@asynccontextmanager
async def cut_off(field: Field) -> AsyncIterator[None]:
    """Every connection is terminated, five times."""
    for _ in range(5):
        await field.database.cut_all_connections()
        await asyncio.sleep(0.7)
    yield
