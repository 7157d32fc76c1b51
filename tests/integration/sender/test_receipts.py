"""Receipts come in any order, repeatedly, in several processes, with and without our id."""

import asyncio
import random
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from remanso.bus import Received
from remanso.store import Store
from tests.support.graph_receiver import GraphReceiver
from tests.support.scene import a_conversation, deliveries, queue
from tests.support.senders import Senders, receipt
from tests.support.waiting import eventually


async def test_any_order_in_several_processes_without_deadlock(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, *(f"{n}" for n in range(20)))
    crowd = [await senders.one() for _ in range(3)]
    await crowd[0].drain.run(conversation.id)
    told = [
        receipt(post.callback if random.random() < 0.5 else "", post.wamid, status)
        for post in graph.posts
        for status in ("sent", "delivered", "read")
    ]

    async def hear(seed: int) -> None:
        mine = random.Random(seed).sample(told, len(told))
        for start in range(0, len(mine), 15):
            await crowd[seed].receipts.handle(mine[start : start + 15])

    await asyncio.gather(*(hear(seed) for seed in range(3)))
    assert {delivery.state for delivery in await deliveries(store, conversation.id)} == {"read"}
    async with store.transaction() as tx:
        counted = await tx.connection.execute(
            text(
                "SELECT count(*) FROM receipts r JOIN deliveries d ON d.id = r.delivery_id WHERE conversation_id = :id"
            ),
            {"id": conversation.id},
        )
        assert counted.scalar_one() == len(told)


@pytest.mark.parametrize(
    ("callback", "kept"),
    [("", [(None,)]), ("not-an-id", [(None,)]), ("\x00", [(None,)]), ("0192f5a0-0000-7000-8000-000000000000", [])],
)
async def test_a_receipt_of_something_we_did_not_send_is_kept_but_not_of_what_was_forgotten(
    store: Store, senders: Senders, callback: str, kept: list[tuple[None]]
) -> None:
    wamid = f"wamid.{uuid4()}"
    sender = await senders.one()
    for _ in range(2):
        await sender.receipts.handle([receipt(callback, wamid)])
    async with store.transaction() as tx:
        found = await tx.connection.execute(text("SELECT delivery_id FROM receipts WHERE wamid = :w"), {"w": wamid})
        assert found.all() == kept


@pytest.mark.parametrize("status", ["pending", "unknown", "held", "captured", "accepted", "cancelled"])
async def test_words_that_are_no_receipts_move_nothing(
    store: Store, senders: Senders, graph: GraphReceiver, status: str
) -> None:
    """A payment's status comes by the same way and has words of its own."""
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    (waiting,) = await deliveries(store, conversation.id)
    sender = await senders.one()
    await sender.receipts.handle([receipt(waiting.id, "wamid.other", status)])
    assert (await deliveries(store, conversation.id))[0].state == "pending"
    await sender.drain.run(conversation.id)
    assert graph.texts == ["uno"]


async def test_failed_and_then_delivered_after_all(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    """Meta reports both where somebody has several devices."""
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    (post,) = graph.posts
    told: list[tuple[str, str | None]] = []
    for status in ("failed", "sent", "delivered", "failed"):
        await sender.receipts.handle([Received(receipt(post.callback, post.wamid, status).envelope)])
        (delivery,) = await deliveries(store, conversation.id)
        told.append((delivery.state, delivery.reason))
    assert told == [("failed", "receipt"), ("failed", "receipt"), ("delivered", None), ("delivered", None)]


async def test_receipts_are_recorded_while_every_slot_waits_for_graph(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    """Else those behind would come too late for parts in doubt: they would be sent again, just when Graph is slow."""
    slow, *others = [await a_conversation(store) for _ in range(4)]
    for conversation in (slow, *others):
        await queue(store, conversation.id, "uno", "dos")
    sender = await senders.one(slots=1)
    graph.gate.clear()
    await sender.dispatch.start(slow.id)
    await graph.arrived.wait()
    for conversation in others:
        (first, _) = await deliveries(store, conversation.id)
        async with store.transaction() as tx:
            await tx.attempts.mark_unknown(await tx.attempts.mark_sending(first.id), timedelta(minutes=1), "timed out")
        async with asyncio.timeout(10):
            await sender.receipts.handle([receipt(first.id, f"wamid.{uuid4().hex}")])
        assert (await deliveries(store, conversation.id))[0].state == "sent"
    graph.gate.set()
    await eventually(lambda: graph.texts.count("dos") == 4)
