"""Running a client's code as a guest: in bounded time, and whatever it does ends only itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

GRACE_SECONDS = 1.0
"""For a guest whose time is up to clean up behind itself."""

Result = TypeVar("Result")

log = structlog.get_logger()


class GuestFailed(Exception):
    """The guest tried to end more than itself: it left the program, or cancelled its own task."""


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives, within so many seconds.

    Raises what it raises, GuestFailed, or TimeoutError. Work that does not even end when it is cancelled is left to
    itself: nobody waits for it.
    """
    guest = asyncio.create_task(_contained(work))
    try:
        await asyncio.wait({guest}, timeout=seconds)
        if not guest.done():
            raise TimeoutError
        if guest.cancelled():
            raise GuestFailed("CancelledError")
        return guest.result()
    finally:
        if not guest.done():
            await _see_out(guest)


async def _contained(work: Coroutine[Any, Any, Result]) -> Result:
    try:
        return await work
    except SystemExit as problem:  # out of a task, it would end the whole process
        raise GuestFailed("SystemExit") from problem


async def _see_out(guest: asyncio.Task[Any]) -> None:
    guest.cancel()
    guest.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody else asks how it ended
    await asyncio.wait({guest}, timeout=GRACE_SECONDS)
    if not guest.done():
        log.warning("guest.does_not_end")
