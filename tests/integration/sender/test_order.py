"""Parts go out one after the other, whatever happens to one of them."""

import asyncio
from datetime import timedelta

import pytest

from remanso.model.delivery import DeliveryKind
from remanso.store import Store
from tests.support.clock import let_pass
from tests.support.graph_receiver import SILENT, GraphReceiver
from tests.support.scene import a_conversation, deliveries, queue, take_over
from tests.support.school import CHANNEL, config, registry
from tests.support.senders import Senders, receipt
from tests.support.waiting import eventually


async def states(store: Store, conversation_id: object) -> list[str]:
    return [delivery.state for delivery in await deliveries(store, conversation_id)]  # type: ignore[arg-type]


async def test_all_parts_in_order_to_who_wrote(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos", "tres")
    await (await senders.one()).drain.run(conversation.id)
    assert graph.texts == ["uno", "dos", "tres"]
    assert {(post.channel, post.to) for post in graph.posts} == {(CHANNEL, conversation.reply_wa_id)}
    found = await deliveries(store, conversation.id)
    assert [post.callback for post in graph.posts] == [str(delivery.id) for delivery in found]
    assert [(d.state, d.wamid) for d in found] == [("accepted", post.wamid) for post in graph.posts]


async def test_many_senders_and_many_wake_ups(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    conversations = [await a_conversation(store) for _ in range(5)]
    for conversation in conversations:
        await queue(store, conversation.id, "uno", "dos", "tres")
    crowd = [await senders.one() for _ in range(3)]
    await asyncio.gather(*(s.drain.run(c.id) for c in conversations for s in crowd for _ in range(3)))
    await eventually(lambda: len(graph.posts) == 15)  # more than may go at once
    for conversation in conversations:
        assert [p.text for p in graph.posts if p.to == conversation.reply_wa_id] == ["uno", "dos", "tres"]


async def test_a_refused_part_does_not_keep_the_next(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos", "tres")
    graph.answers.extend([None, (400, 131026)])
    await (await senders.one()).drain.run(conversation.id)
    assert graph.texts == ["uno", "dos", "tres"]
    assert await states(store, conversation.id) == ["accepted", "failed", "accepted"]
    assert (await deliveries(store, conversation.id))[1].code == 131026


@pytest.mark.parametrize("answer", [(400, 131056), (503, 2), (401, 190)])
async def test_a_part_that_may_go_later_is_waited_for(
    store: Store, senders: Senders, graph: GraphReceiver, answer: tuple[int, int]
) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos", "tres")
    graph.answers.extend([None, answer])
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    await sender.drain.run(conversation.id)
    assert graph.texts == ["uno", "dos"]
    await let_pass(store, 400)
    await sender.sweep()
    assert graph.texts == ["uno", "dos", "dos", "tres"]
    assert await states(store, conversation.id) == ["accepted"] * 3


async def test_a_receipt_adopts_a_part_nobody_knew_about(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos")
    graph.answers.append(SILENT)
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    assert await states(store, conversation.id) == ["unknown", "pending"]
    await sender.receipts.handle([receipt(graph.posts[0].callback, "wamid.known-to-meta")])
    await eventually(lambda: graph.texts == ["uno", "dos"])
    await sender.slots.drain(20)
    found = await deliveries(store, conversation.id)
    assert [d.state for d in found] == ["sent", "accepted"]
    assert found[0].wamid == "wamid.known-to-meta"


async def test_without_a_receipt_it_is_sent_again_and_counted_and_in_the_end_given_up(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos")
    graph.answers.extend([SILENT] * 4)
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    for patience in (60, 120, 240, 480):
        await let_pass(store, patience - 10)
        await sender.sweep()
        assert graph.texts.count("uno") == {60: 1, 120: 2, 240: 3, 480: 4}[patience], "its time is not up"
        await let_pass(store, 11)
        await sender.sweep()
    assert graph.texts == ["uno", "uno", "uno", "uno", "dos"]
    found = await deliveries(store, conversation.id)
    assert [(d.state, d.resends) for d in found] == [("failed", 3), ("accepted", 0)]


async def test_a_receipt_before_the_response(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos")
    graph.gate.clear()
    sender = await senders.one()
    run = asyncio.create_task(sender.drain.run(conversation.id))
    await graph.arrived.wait()
    post = graph.posts[0]
    await sender.receipts.handle([receipt(post.callback, post.wamid, "delivered"), receipt(post.callback, post.wamid)])
    graph.gate.set()
    await run
    await sender.slots.drain(20)
    assert graph.texts == ["uno", "dos"]
    assert await states(store, conversation.id) == ["delivered", "accepted"]


async def test_queued_while_another_part_is_on_its_way(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    """The wake-up of the second part finds the lease taken and goes away: who holds it sees the part."""
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    graph.gate.clear()
    one, other = await senders.one(), await senders.one()
    run = asyncio.create_task(one.drain.run(conversation.id))
    await graph.arrived.wait()
    await queue(store, conversation.id, "dos")
    await other.drain.run(conversation.id)
    assert graph.texts == ["uno"]
    graph.gate.set()
    await run
    assert graph.texts == ["uno", "dos"]


async def test_a_wake_up_while_a_message_is_being_stored_is_not_lost(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    sender = await senders.one()
    async with store.transaction() as tx:
        await tx.conversations.lock(conversation.id)
        run = asyncio.create_task(sender.drain.run(conversation.id))
        await asyncio.wait({run}, timeout=0.2)
    await run
    assert graph.texts == ["uno"]


async def test_a_sender_that_slept_does_not_post(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    """It wrote `sending`, was suspended, and woke up when its lease was nearly over: another one may be at work."""
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    slow = await senders.one(sender_lease_seconds=0.4, graph_timeout_seconds=0.2)
    async with store.transaction() as tx:
        token = await tx.send_leases.claim(conversation.id, timedelta(seconds=0.4))
    assert token
    part = await slow.drain._next(conversation.id, token)
    assert part
    await asyncio.sleep(max(0, part.until - asyncio.get_running_loop().time()))  # the lease runs by real clocks
    other = await senders.one()
    await let_pass(store, 1)
    await other.drain.run(conversation.id)
    assert await states(store, conversation.id) == ["unknown"]
    await slow.drain._record(part, await slow.drain._post(part))
    assert graph.texts == []
    assert await states(store, conversation.id) == ["unknown"]
    await let_pass(store, 61)
    await other.sweep()
    assert graph.texts == ["uno"]


async def test_after_a_takeover_no_part_starts(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", "dos")
    graph.gate.clear()
    sender = await senders.one()
    run = asyncio.create_task(sender.drain.run(conversation.id))
    await graph.arrived.wait()
    await take_over(store, conversation.id)
    await queue(store, conversation.id, "soy Marta", kind=DeliveryKind.HUMAN)
    graph.gate.set()
    await run
    assert graph.texts == ["uno", "soy Marta"]
    assert await states(store, conversation.id) == ["accepted", "cancelled", "accepted"]


async def test_a_late_answer_settles_a_part_that_waits_again(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    async with store.transaction() as tx:
        head = await tx.deliveries.head(conversation.id)
        assert head
        sending = await tx.attempts.mark_sending(head.id)
        await tx.attempts.mark_unknown(sending, timedelta(), "timeout")
        await tx.attempts.send_again(head.id)
        await tx.attempts.mark_accepted(head.id, "wamid.late")
    await let_pass(store, 2)
    await (await senders.one()).sweep()
    assert graph.texts == []


async def test_a_client_unknown_here_keeps_nobody_waiting(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    other = config("unknown", channel="1")
    for _ in range(3):
        strange = await a_conversation(store, business=other)
        await queue(store, strange.id, "nunca")
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    await let_pass(store, 2)
    await (await senders.one(slots=2)).sweep()
    assert graph.texts == ["uno"]
    await (await senders.one(clients=registry(other))).sweep()
    assert graph.texts.count("nunca") == 3
