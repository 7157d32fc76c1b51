"""Running a local stack from the command line: up, stay or play, down, whatever signal comes."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

from fleet.local.announce import announce_to_person, announce_to_program
from fleet.local.once import play_once
from fleet.local.reload import look_at, reload_on_change
from fleet.local.stack import LocalStack

Inside = Callable[[LocalStack], Awaitable[int]]


def run(stack: LocalStack, inside: Inside, *, interrupted: int) -> int:
    """Open the stack, do `inside`, close it. Returns its exit code, or `interrupted` after SIGINT or SIGTERM."""
    return asyncio.run(_run(stack, inside, interrupted))


async def stay(stack: LocalStack, *, headless: bool, as_json: bool) -> int:
    """Say where everything is, then show the logs and follow the clients' changes until a signal comes."""
    if not headless:
        announce_to_person(stack)
    if as_json:
        announce_to_program(stack)
    stack.logs.show()
    await reload_on_change(stack, look_at(stack.clients_dir))
    return 0


async def play(stack: LocalStack) -> int:
    return 0 if await play_once(stack) else 1


async def _run(stack: LocalStack, inside: Inside, interrupted: int) -> int:
    _stop_on_signals(asyncio.current_task())
    try:
        async with stack:
            return await inside(stack)
    except asyncio.CancelledError:
        return interrupted


def _stop_on_signals(task: asyncio.Task[int] | None) -> None:
    """The first signal closes everything in order; a second one leaves the rest to the janitor."""
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked or task is None:
            os._exit(1)
        asked = True
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
