"""The fallback text: once per turn, and once per outage and conversation."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from remanso.bus import Received
from remanso.errors import LeaseLost
from remanso.events import ModelUnavailable, wrap
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.turns import Turn
from tests.support.clock import forget_everything, let_pass
from tests.support.graph_receiver import GraphReceiver
from tests.support.scene import a_turn, claim, deliveries, queue, take_over
from tests.support.school import FALLBACK, NAME, config
from tests.support.senders import Senders

WINDOW = 24 * 3600 - 300
"""Seconds: Meta's 24 hours less the sender's margin."""


def unavailable(turn: Turn) -> Received:
    return Received(wrap(ModelUnavailable(turn_id=turn.id, reason="outage"), NAME))


async def close(store: Store, turn: Turn, *, model_is_back: bool = True) -> None:
    claimed = await claim(store, turn.id)
    assert claimed
    async with store.transaction() as tx:
        await tx.conversations.lock(turn.conversation_id)
        await tx.turns.close(claimed, TurnState.ANSWERED)
        if model_is_back:
            await tx.outages.end(turn.client)


async def test_told_once_however_many_tell_it(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    turns = [await a_turn(store) for _ in range(3)]
    crowd = [await senders.one() for _ in range(4)]
    await let_pass(store, 60)
    await asyncio.gather(
        *(sender.fallback.handle([unavailable(turn)]) for sender in crowd for turn in turns),
        *(sender.fallback.run_out_of_patience() for sender in crowd),
    )
    for sender in crowd:
        await sender.slots.drain(20)
        await sender.sweep()
    assert graph.texts == [FALLBACK] * 3
    for turn in turns:
        await close(store, turn)


async def test_patience_is_kept_and_then_over(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    turn = await a_turn(store)
    sender = await senders.one()
    await let_pass(store, config().patience.seconds - 2)
    await sender.fallback.run_out_of_patience()
    assert await deliveries(store, turn.conversation_id) == []
    await let_pass(store, 3)
    for _ in range(3):
        await sender.fallback.run_out_of_patience()
        await sender.slots.drain(20)
    assert graph.texts == [FALLBACK]
    await close(store, turn)


async def test_the_next_outage_is_told_again_and_the_same_one_is_not(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    turn = await a_turn(store)
    sender = await senders.one()
    async with store.transaction() as tx:
        outage = await tx.outages.open(NAME, "model_unavailable")
        position = await tx.conversations.take_delivery_positions(turn.conversation_id, 2)
        payload = {"type": "text", "text": FALLBACK}
        first, again = [
            await tx.deliveries.add_fallback(
                turn.conversation_id, position + n, payload, epoch=0, turn_id=turn.id, outage_id=outage
            )
            for n in range(2)
        ]
        assert (first, again) == (True, False)
        await tx.outages.end(NAME)
        assert await tx.outages.open(NAME, "patience") != outage
        await tx.outages.end(NAME)
    await close(store, turn)
    await sender.drain.run(turn.conversation_id)
    assert graph.texts == []  # answered before the fallback went out


async def test_behind_what_was_said_before_and_cancelled_when_answered(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    turn = await a_turn(store)
    await queue(store, turn.conversation_id, "busco los cursos…", turn_id=turn.id)
    graph.gate.clear()
    sender = await senders.one()
    run = asyncio.create_task(sender.drain.run(turn.conversation_id))
    await graph.arrived.wait()
    await sender.fallback.handle([unavailable(turn)])
    await close(store, turn)
    graph.gate.set()
    await run
    await sender.slots.drain(20)
    assert graph.texts == ["busco los cursos…"]
    assert [d.state for d in await deliveries(store, turn.conversation_id)] == ["accepted", "cancelled"]


async def test_none_for_a_turn_that_is_over_taken_over_or_nobodys(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    answered, taken = await a_turn(store), await a_turn(store)
    foreign = await a_turn(store, business=config("unknown", channel="1"))
    await close(store, answered)
    await take_over(store, taken.conversation_id)
    ghost = Received(wrap(ModelUnavailable(turn_id=uuid4(), reason="?"), NAME))
    sender = await senders.one()
    await sender.fallback.handle([unavailable(answered), unavailable(taken), unavailable(foreign), ghost])
    await sender.fallback.run_out_of_patience()
    await sender.slots.drain(20)
    assert graph.texts == []


async def test_in_the_contacts_language(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    turn = await a_turn(store)
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE contacts SET language = 'en-GB'"))
    sender = await senders.one()
    await sender.fallback.handle([unavailable(turn)])
    await sender.slots.drain(20)
    assert graph.texts == ["Not now."]


async def close_window(store: Store, turn: Turn, seconds: float) -> None:
    """The contact wrote so many seconds ago, by their channel's clock."""
    async with store.transaction() as tx:
        await tx.connection.execute(
            text("UPDATE conversations SET last_inbound_at = now() - CAST(:age AS interval) WHERE id = :id"),
            {"age": timedelta(seconds=seconds), "id": turn.conversation_id},
        )


async def test_only_inside_the_window_and_who_is_outside_holds_up_nobody(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    await forget_everything(store)
    outside, inside = await a_turn(store), await a_turn(store)
    sender = await senders.one()
    await let_pass(store, 60)
    await close_window(store, outside, WINDOW + 1)
    await close_window(store, inside, WINDOW - 5)
    await sender.fallback.handle([unavailable(outside)])
    await sender.fallback.run_out_of_patience()
    await sender.slots.drain(20)
    assert await deliveries(store, outside.conversation_id) == []
    assert [part.state for part in await deliveries(store, inside.conversation_id)] == ["accepted"]
    for turn in (outside, inside):
        await close(store, turn)


async def test_too_old_a_turn_goes_to_a_person_and_the_contact_is_told_once(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    await forget_everything(store)
    turn = await a_turn(store)
    held = await claim(store, turn.id)
    crowd = [await senders.one() for _ in range(3)]
    await let_pass(store, 60 * 60 - 5)
    await crowd[0].fallback.give_up()
    assert await deliveries(store, turn.conversation_id) == []
    await let_pass(store, 10)
    await asyncio.gather(*(sender.fallback.give_up() for sender in crowd for _ in range(2)))
    for sender in crowd:
        await sender.slots.drain(20)
    assert graph.texts == ["No pude."]
    async with store.transaction() as tx:
        conversation = await tx.conversations.get(turn.conversation_id)
        ended = await tx.turns.get(turn.id)
        with pytest.raises(LeaseLost):
            assert held
            await tx.turns.hold(held)
    assert conversation
    assert ended
    assert (conversation.mode, conversation.handoff_reason) == ("human", "no answer came in time")
    assert (ended.state, ended.reason) == ("failed", "no answer came in time")


async def test_too_old_outside_the_window_asks_for_a_person_and_says_nothing(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    await forget_everything(store)
    turn, taken = await a_turn(store), await a_turn(store)
    await take_over(store, taken.conversation_id, timedelta(hours=30))
    await let_pass(store, timedelta(hours=25))
    sender = await senders.one()
    await sender.fallback.run_out_of_patience()
    await sender.fallback.give_up()
    await sender.slots.drain(20)
    assert graph.texts == []
    async with store.transaction() as tx:
        given_up = await tx.conversations.get(turn.conversation_id)
        held = await tx.conversations.get(taken.conversation_id)
    assert given_up
    assert held
    assert (given_up.mode, given_up.handoff_reason, held.handoff_reason) == ("human", "no answer came in time", None)
    assert await deliveries(store, turn.conversation_id) == []
