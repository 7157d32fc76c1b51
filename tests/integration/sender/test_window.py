"""The 24-hour window, by PostgreSQL's clock and to the second."""

from datetime import timedelta

import pytest

from remanso.store import Store
from tests.support.clock import let_pass
from tests.support.graph_receiver import GraphReceiver
from tests.support.scene import a_conversation, conversation_of, deliveries, queue, receive
from tests.support.school import person, said
from tests.support.senders import Senders

MARGIN = 300
WINDOW = timedelta(hours=24, seconds=-MARGIN)


@pytest.mark.parametrize(("silence", "sent"), [(WINDOW - timedelta(seconds=5), True), (WINDOW, False)])
async def test_to_the_second(
    store: Store, senders: Senders, graph: GraphReceiver, silence: timedelta, sent: bool
) -> None:
    conversation = await a_conversation(store)
    await let_pass(store, silence)
    await queue(store, conversation.id, "uno", "dos")
    await (await senders.one(sender_window_margin_seconds=MARGIN)).drain.run(conversation.id)
    assert graph.texts == (["uno", "dos"] if sent else [])
    expected = ["accepted", "accepted"] if sent else ["held", "pending"]
    assert [d.state for d in await deliveries(store, conversation.id)] == expected


async def test_held_parts_go_when_the_contact_writes(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    ana = person()
    await receive(store, [said(ana)])
    conversation = await conversation_of(store, ana)
    await let_pass(store, timedelta(days=2))
    await queue(store, conversation.id, "uno", "dos")
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    await sender.sweep()
    assert graph.texts == []
    await receive(store, [said(ana, "¿seguís ahí?")])
    await sender.sweep()
    assert graph.texts == ["uno", "dos"]


async def test_an_old_message_that_comes_late_opens_nothing(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    """Meta repeats for days: what counts is when the contact wrote."""
    ana = person()
    await receive(store, [said(ana)])
    conversation = await conversation_of(store, ana)
    await let_pass(store, timedelta(days=2))
    await queue(store, conversation.id, "uno")
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    old = said(ana).payload.message.sent_at - timedelta(days=1)  # type: ignore[attr-defined]
    await receive(store, [said(ana, "perdón, tarde", sent_at=old)])
    await sender.sweep()
    assert graph.texts == []


async def test_meta_has_the_last_word_on_whether_it_is_open(
    store: Store, senders: Senders, graph: GraphReceiver
) -> None:
    """Refused once it may pass; twice, everything waits in its order until the contact writes."""
    ana = person()
    await receive(store, [said(ana)])
    conversation = await conversation_of(store, ana)
    await queue(store, conversation.id, "uno", "dos")
    sender = await senders.one()
    graph.answers.extend([(400, 131047), (400, 131047)])
    await sender.drain.run(conversation.id)
    assert [d.state for d in await deliveries(store, conversation.id)] == ["pending", "pending"]
    for _ in range(3):
        await let_pass(store, 60)
        await sender.sweep()
    assert [(d.state, d.code) for d in await deliveries(store, conversation.id)] == [
        ("held", 131047),
        ("pending", None),
    ]
    assert graph.texts == ["uno", "uno"]
    await receive(store, [said(ana, "¿seguís ahí?")])
    await sender.sweep()
    assert graph.texts == ["uno", "uno", "uno", "dos"]
    assert {d.state for d in await deliveries(store, conversation.id)} == {"accepted"}
