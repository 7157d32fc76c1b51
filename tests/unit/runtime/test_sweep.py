import asyncio
from collections.abc import Callable

import pytest

from remanso.errors import StoreUnavailable
from remanso.runtime import sweep
from remanso.runtime.sweep import Sweeper


class Runs:
    """A sweep that tells when it ran and answers from a list."""

    def __init__(self, *answers: float | Exception | None) -> None:
        self.answers = list(answers)
        self.count = 0
        self.happened = asyncio.Condition()

    async def __call__(self) -> float | None:
        async with self.happened:
            self.count += 1
            self.happened.notify_all()
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(5), self.happened:
            await self.happened.wait_for(lambda: self.count >= count)


async def swept(runs: Runs, seconds: float, story: Callable[[Sweeper], object]) -> None:
    """Run a sweeper through `story`, then stop it in the orderly way."""
    stopping, sweeper = asyncio.Event(), Sweeper("test", seconds, runs)
    running = asyncio.create_task(sweeper.run(stopping))
    result = story(sweeper)
    if asyncio.iscoroutine(result):
        await result
    stopping.set()
    async with asyncio.timeout(5):
        await running


async def test_it_runs_again_and_again_until_stopped() -> None:
    runs = Runs()
    await swept(runs, 0.01, lambda _: runs.reach(3))


async def test_a_sweep_may_ask_to_run_earlier() -> None:
    runs = Runs(0.01, 0.0, None)
    await swept(runs, 3600, lambda _: runs.reach(3))


async def test_it_never_sleeps_longer_than_told() -> None:
    runs = Runs(3600.0)
    await swept(runs, 0.01, lambda _: runs.reach(2))


async def test_waking_runs_it_at_once() -> None:
    runs = Runs()

    async def story(sweeper: Sweeper) -> None:
        await runs.reach(1)
        sweeper.wake()
        await runs.reach(2)

    await swept(runs, 3600, story)


async def test_an_unavailable_peer_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PAUSE_SECONDS", 0.01)
    runs = Runs(StoreUnavailable("down"), StoreUnavailable("down"))
    await swept(runs, 0.01, lambda _: runs.reach(3))


async def test_a_bug_ends_it() -> None:
    sweeper = Sweeper("test", 0.01, Runs(KeyError("bug")))
    with pytest.raises(KeyError):
        await sweeper.run(asyncio.Event())
