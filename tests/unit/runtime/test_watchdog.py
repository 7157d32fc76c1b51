"""Code that blocks the loop is found and named."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from remanso.runtime.watchdog import watching


def block_until(told: Sequence[Any]) -> None:
    give_up = time.monotonic() + 20
    while not told and time.monotonic() < give_up:
        time.sleep(0.01)


async def test_a_loop_that_stands_still_is_told_once_with_the_line() -> None:
    with capture_logs() as told, watching({Path(__file__).parent: "school"}, patience=0.1):
        await asyncio.sleep(0)
        block_until(told)
        await asyncio.sleep(0.3)
    (line,) = told
    assert (line["event"], line["client"]) == ("loop.blocked", "school")
    assert line["at"].startswith("test_watchdog.py:")
    assert line["seconds"] >= 0.1


async def test_what_is_nobodys_is_told_by_its_innermost_line() -> None:
    with capture_logs() as told, watching({}, patience=0.1):
        block_until(told)
    assert told[0]["at"].startswith("test_watchdog.py:")
    assert "client" not in told[0]
