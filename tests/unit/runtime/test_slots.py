import asyncio

from remanso.errors import LeaseLost
from remanso.runtime.slots import Slots


async def test_a_running_key_is_not_started_again() -> None:
    slots, gate = Slots(2), asyncio.Event()
    assert await slots.start("a", gate.wait)
    assert not await slots.start("a", gate.wait)
    gate.set()
    await slots.drain(1)
    assert await slots.start("a", gate.wait)
    await slots.drain(1)


async def test_the_next_waits_for_a_free_slot() -> None:
    slots, gate = Slots(1), asyncio.Event()
    await slots.start("a", gate.wait)
    assert slots.free == 0
    waiting = asyncio.create_task(slots.start("b", gate.wait))
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    assert await waiting
    await slots.drain(1)
    assert slots.free == 1


async def test_two_who_wait_with_the_same_key_start_once() -> None:
    slots, first, second = Slots(1), asyncio.Event(), asyncio.Event()
    await slots.start("a", first.wait)
    both = [asyncio.create_task(slots.start("b", second.wait)) for _ in range(2)]
    first.set()
    assert sorted(await asyncio.gather(*both)) == [False, True]
    second.set()
    await slots.drain(1)
    assert slots.free == 1


async def test_what_work_raises_ends_only_itself() -> None:
    async def broken() -> None:
        raise RuntimeError("bug")

    async def overtaken() -> None:
        raise LeaseLost("newer")

    slots = Slots(1)
    for work in (broken, overtaken):
        await slots.start("a", work)
        await slots.drain(1)
    assert slots.free == 1


async def test_drain_cancels_what_does_not_end() -> None:
    slots, ended = Slots(1), asyncio.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await slots.start("a", endless)
    await asyncio.sleep(0)
    await slots.drain(0.01)
    assert ended.is_set()
    assert slots.free == 1
