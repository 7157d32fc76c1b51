"""The clock of one process jumps while it works. By libfaketime: everything in that process sees the other time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tests.chaos.faults.field import Field

LIBRARIES = tuple(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
"""Debian's package libfaketime."""
STEPS = ("+300", "-300", "+0")


def missing() -> str:
    return "" if LIBRARIES else "libfaketime is not installed (apt-get install libfaketime)"


def stepping(service: str) -> Callable[[Field], AbstractAsyncContextManager[None]]:
    """Five minutes ahead, then five minutes behind, then right again. The monotonic clock is left alone, as by NTP."""

    @asynccontextmanager
    async def strike(field: Field) -> AsyncIterator[None]:
        stack, process = field.world.stack, field.processes(service)[0]
        clock = process.premises.folder / "clock"
        usual = process.environment
        process.environment = {
            **usual,
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        clock.write_text("+0")
        await stack.restart(service)
        await stack.wait_ready()
        for step in STEPS:
            clock.write_text(step)
            await asyncio.sleep(2.5)
        yield
        process.environment = usual
        await stack.restart(service)

    return strike
