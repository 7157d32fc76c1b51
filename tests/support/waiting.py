"""Waiting on state, never on time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def eventually(holds: Callable[[], bool | Awaitable[bool]], *, within: float = 15.0) -> None:
    """Return as soon as `holds` does; fails after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            result = holds()
            if await result if inspect.isawaitable(result) else result:
                return
            await asyncio.sleep(0.02)
