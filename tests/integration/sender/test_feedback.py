"""The question how it went, on its way: buttons out, a tap back, why, thanks; and never a day late."""

from datetime import timedelta

import pytest

from remanso.bus import Bus
from remanso.model.content import Choice
from remanso.model.delivery import DeliveryKind
from remanso.store import Store
from services.debouncer.timers import Timers
from tests.support.clock import forget_everything, let_pass
from tests.support.graph_receiver import GraphReceiver
from tests.support.scene import answer, conversation_of, deliveries, queue, receive, seal, take_over
from tests.support.school import config, person, registry, said
from tests.support.senders import Senders

BUSINESS = config(feedback={"after_minutes": 10})


async def test_from_silence_to_thanks(store: Store, bus: Bus, senders: Senders, graph: GraphReceiver) -> None:
    await forget_everything(store)
    ana = person()
    await receive(store, [said(ana)], BUSINESS)
    conversation = await conversation_of(store, ana)
    await let_pass(store, 30)
    await answer(store, (await seal(store))[conversation.id], ask_in=timedelta(minutes=10))
    await let_pass(store, timedelta(minutes=11))
    await Timers(store, bus.publisher, registry(BUSINESS)).run_out()
    sender = await senders.one(clients=registry(BUSINESS))
    await sender.drain.run(conversation.id)
    (question,) = graph.posts
    assert [button.split(":")[:2] for button in question.buttons] == [["feedback", "yes"], ["feedback", "no"]]
    await receive(store, [said(ana, Choice(choice_id=question.buttons[1], title="No"))], BUSINESS)
    await sender.drain.run(conversation.id)
    await receive(store, [said(ana, "tardaron mucho")], BUSINESS)
    await sender.drain.run(conversation.id)
    assert graph.texts == [BUSINESS.text(name) for name in ("feedback", "feedback_reason", "feedback_thanks")]


@pytest.mark.parametrize("kind", [DeliveryKind.FEEDBACK, DeliveryKind.NOTICE])
async def test_what_would_be_held_is_called_off(
    store: Store, senders: Senders, graph: GraphReceiver, kind: DeliveryKind
) -> None:
    ana = person()
    await receive(store, [said(ana)])
    conversation = await conversation_of(store, ana)
    await let_pass(store, timedelta(days=1))
    await queue(store, conversation.id, "¿Qué tal?", kind=kind)
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    await receive(store, [said(ana, "hola")])
    await sender.sweep()
    (delivery,) = await deliveries(store, conversation.id)
    assert (delivery.state, delivery.reason, graph.texts) == ("cancelled", "the 24-hour window is closed", [])


async def test_a_person_who_takes_over_is_not_talked_over(store: Store, senders: Senders, graph: GraphReceiver) -> None:
    ana = person()
    await receive(store, [said(ana)])
    conversation = await conversation_of(store, ana)
    await queue(store, conversation.id, "¿Qué tal?", kind=DeliveryKind.FEEDBACK)
    await take_over(store, conversation.id)
    await (await senders.one()).drain.run(conversation.id)
    assert ([d.state for d in await deliveries(store, conversation.id)], graph.texts) == (["cancelled"], [])
