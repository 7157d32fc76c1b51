"""Whatever a client's code does ends only itself, and in time."""

import asyncio
import sys

import pytest
from structlog.testing import capture_logs

from services.agent import guest
from services.agent.guest import GuestFailed, within


async def gives(value: object) -> object:
    return value


async def test_what_a_guest_gives_and_raises_comes_through() -> None:
    assert await within(1, gives(5)) == 5

    async def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await within(1, fails())


async def test_leaving_the_program_or_cancelling_itself_is_a_failure() -> None:
    async def leaves() -> None:
        sys.exit(3)

    async def gives_up() -> None:
        raise asyncio.CancelledError

    for work in (leaves(), gives_up()):
        with pytest.raises(GuestFailed):
            await within(1, work)


async def test_a_guest_that_is_late_is_cancelled() -> None:
    cleaned = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    with pytest.raises(TimeoutError):
        await within(0.01, waits())
    assert cleaned.is_set()


async def test_a_guest_that_will_not_end_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest, "GRACE_SECONDS", 0.01)
    leave = asyncio.Event()

    async def clings() -> None:
        while not leave.is_set():
            try:
                await leave.wait()
            except asyncio.CancelledError:
                continue

    with capture_logs() as told, pytest.raises(TimeoutError):
        await within(0.01, clings())
    assert [line["event"] for line in told] == ["guest.does_not_end"]
    leave.set()


async def test_whoever_waits_for_a_guest_can_be_stopped() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    host = asyncio.create_task(within(60, waits()))
    await begun.wait()
    host.cancel()
    await asyncio.wait({host})
    assert host.cancelled()
    assert ended.is_set()
