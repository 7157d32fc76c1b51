"""Finished bursts become turns, announced; the slow clocks run out."""

import asyncio
from datetime import timedelta

from remanso.bus import Bus
from remanso.bus.topology import AGENT_TURN_READY
from remanso.events import Envelope, decode
from remanso.store import Store
from services.debouncer.sealing import Sealing
from services.debouncer.timers import Timers
from tests.support.clock import forget_everything, let_pass
from tests.support.rabbitmq import Broker
from tests.support.scene import a_conversation, conversation_of, receive, take_over
from tests.support.school import config, person, registry, said


async def announced(broker: Broker, queue: str) -> list[object]:
    found = [item for message in await broker.take_all(queue) for item in decode(message.body)]
    events = [item.payload for item in found if isinstance(item, Envelope)]
    return [getattr(event, "turn_id", None) or getattr(event, "conversation_id", None) for event in events]


async def test_sealed_once_and_announced_once_by_many(store: Store, bus: Bus, broker: Broker) -> None:
    await forget_everything(store)
    conversations = [await a_conversation(store) for _ in range(12)]
    await let_pass(store, 30)
    crowd = [Sealing(store, bus.publisher, registry(), limit=3) for _ in range(3)]
    for _ in range(4):
        await asyncio.gather(*(sealing.seal_due() for sealing in crowd))
    turns = []
    async with store.transaction() as tx:
        for conversation in conversations:
            turns += [turn.id for turn in await tx.turns.of_conversation(conversation.id)]
    assert len(turns) == 12
    assert sorted(map(str, await announced(broker, AGENT_TURN_READY.name))) == sorted(map(str, turns))


async def test_wants_to_look_again_when_the_next_burst_is_due(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    sealing = Sealing(store, bus.publisher, registry())
    assert await sealing.seal_due() is None
    await a_conversation(store, "hola", "buenas")
    seconds = await sealing.seal_due()
    assert seconds is not None
    assert config().burst.quiet - 2 < seconds <= config().burst.quiet


async def test_a_full_sweep_is_followed_at_once(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    for _ in range(3):
        await a_conversation(store)
    await let_pass(store, 30)
    assert await Sealing(store, bus.publisher, registry(), limit=2).seal_due() == 0.0


async def test_what_waits_behind_an_open_turn_keeps_nobody_busy(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    ana = person()
    sealing = Sealing(store, bus.publisher, registry())
    await receive(store, [said(ana)])
    await let_pass(store, 30)
    await sealing.seal_due()
    await receive(store, [said(ana, "¿y?")])
    await let_pass(store, 30)
    assert await sealing.seal_due() is None
    conversation = await conversation_of(store, ana)
    async with store.transaction() as tx:
        assert len(await tx.turns.of_conversation(conversation.id)) == 1


async def test_a_row_somebody_holds_keeps_nobody_waiting(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    held, free = await a_conversation(store), await a_conversation(store)
    await let_pass(store, 30)
    async with store.transaction() as holder:
        await holder.conversations.lock(held.id)
        async with asyncio.timeout(2):
            await Sealing(store, bus.publisher, registry()).seal_due()
    async with store.transaction() as tx:
        assert await tx.turns.of_conversation(held.id) == []
        assert len(await tx.turns.of_conversation(free.id)) == 1


async def test_a_takeover_runs_out(store: Store, bus: Bus) -> None:
    await forget_everything(store)
    conversation = await a_conversation(store)
    await take_over(store, conversation.id, timedelta(minutes=30))
    timers = Timers(store, bus.publisher, registry())
    for minutes, mode, epoch in ((29, "human", 1), (2, "bot", 2), (60, "bot", 2)):
        await let_pass(store, timedelta(minutes=minutes))
        await timers.run_out()
        async with store.transaction() as tx:
            found = await tx.conversations.get(conversation.id)
        assert found
        assert (found.mode, found.epoch) == (mode, epoch)
