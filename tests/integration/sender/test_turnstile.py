"""Slots of one process take places together: those due in a moment, each at its own time; the others wait in line."""

import asyncio
import time
from datetime import timedelta

from remanso.model.pace import Rate
from remanso.store import Store
from services.sender.turnstile import AHEAD, STALE, Turnstile
from tests.support.clock import forget_everything

SLOW, QUICK = Rate(timedelta(seconds=10), 1), Rate(timedelta(seconds=0.02), 2)
FEW = 8


async def taken(store: Store, rate: Rate) -> int:
    """Opens a number's row, with nothing saved up, by taking its first place."""
    async with store.statement() as tx:
        return len(await tx.paces.take("number:1", rate, waited=True))


async def test_each_goes_at_its_own_time_and_none_is_sent_away(store: Store) -> None:
    await forget_everything(store)
    turnstile = Turnstile(store)
    await taken(store, Rate(QUICK.interval, 1))
    began, went = time.monotonic(), []

    async def comer() -> None:
        assert await turnstile.enter("number:1", QUICK, waited=True) is None
        went.append(time.monotonic() - began)

    await asyncio.gather(*(comer() for _ in range(FEW)))
    assert went[-1] >= (FEW - QUICK.burst) * QUICK.interval.total_seconds()


async def test_who_is_not_due_soon_stands_in_line(store: Store) -> None:
    await forget_everything(store)
    turnstile = Turnstile(store)
    assert await taken(store, SLOW)
    waits = await asyncio.gather(*(turnstile.enter("number:1", SLOW, waited=True) for _ in range(2)))
    first, second = sorted(wait for wait in waits if wait is not None)
    assert AHEAD < first < SLOW.interval
    assert second - first == SLOW.interval
    assert await turnstile.line_up("number:1", SLOW) > second - AHEAD


async def test_a_place_that_has_gone_stale_is_left(store: Store) -> None:
    """The loop stands still between a place and its taking: the number's row is asked again."""
    await forget_everything(store)
    turnstile = Turnstile(store)
    await taken(store, Rate(QUICK.interval, 1))
    entering = asyncio.create_task(turnstile.enter("number:1", QUICK, waited=True))
    other = asyncio.create_task(turnstile.enter("number:1", QUICK, waited=True))
    asked = 0
    ask = turnstile._ask

    async def late(line: object) -> object:
        nonlocal asked
        asked += 1
        answer = await ask(line)  # type: ignore[arg-type]
        time.sleep(2 * STALE)  # noqa: ASYNC251 - as a process that is stopped
        return answer

    turnstile._ask = late  # type: ignore[method-assign, assignment]
    assert not any(await asyncio.gather(entering, other))
    assert asked == 4, "each asked twice, and then went: it must not stand still for ever"
