"""Contacts are asked how it went: once, at the right time, by whichever debouncer; and what they answer is kept."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from remanso.bus import Bus
from remanso.bus.topology import DEBOUNCER_MESSAGE_RECEIVED, SENDER_DELIVERY_READY
from remanso.model.content import Choice
from remanso.model.delivery import DeliveryKind
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from remanso.store.feedback import Question, Tally
from services.debouncer.timers import Timers
from tests.support.clock import forget_everything, let_pass
from tests.support.debouncers import debouncer, publish
from tests.support.rabbitmq import Broker
from tests.support.scene import answer, claim, conversation_of, deliveries, receive, seal, take_over
from tests.support.school import config, person, registry, said
from tests.support.waiting import eventually

BUSINESS = config(feedback={"after_minutes": 10, "every_days": 7, "reason_minutes": 60})
ASK_IN = timedelta(minutes=10)
SILENCE = timedelta(minutes=11)


@pytest.fixture
def crowd(store: Store, bus: Bus) -> list[Timers]:
    """Several debouncers."""
    return [Timers(store, bus.publisher, registry(BUSINESS)) for _ in range(3)]


async def a_satisfied(store: Store, who: Sender) -> Conversation:
    """Somebody has written and was answered."""
    await receive(store, [said(who)], BUSINESS)
    conversation = await conversation_of(store, who)
    await is_answered(store, conversation)
    return conversation


async def is_answered(store: Store, conversation: Conversation) -> None:
    await let_pass(store, 30)
    await answer(store, (await seal(store))[conversation.id], ask_in=ASK_IN)


async def run_out(crowd: list[Timers]) -> None:
    await asyncio.gather(*(timers.run_out() for timers in crowd))


async def asked(store: Store, conversation: Conversation) -> list[Delivery]:
    """What went into the queue about how it went, and was not called off."""
    queued = await deliveries(store, conversation.id)
    return [found for found in queued if found.kind == DeliveryKind.FEEDBACK and found.state != "cancelled"]


async def a_question(store: Store, crowd: list[Timers], who: Sender) -> tuple[Conversation, Delivery]:
    """Somebody was answered, was silent, was asked, and the question has gone out."""
    conversation = await a_satisfied(store, who)
    await let_pass(store, SILENCE)
    await run_out(crowd)
    (question,) = await asked(store, conversation)
    await went_out(store, question)
    return conversation, question


async def went_out(store: Store, delivery: Delivery) -> None:
    async with store.transaction() as tx:
        await tx.attempts.mark_sending(delivery.id)
        await tx.attempts.mark_accepted(delivery.id, f"wamid.{delivery.id}")


def tap(question: Delivery, answer: str) -> Choice:
    (button,) = (b for b in question.payload["buttons"] if b["id"].startswith(f"feedback:{answer}:"))
    return Choice(choice_id=button["id"], title=button["title"])


async def fates(store: Store, conversation: Conversation) -> list[tuple[str | None, int | None]]:
    async with store.transaction() as tx:
        log = await tx.messages.of_conversation(conversation.id)
    return [(message.fate, message.position) for message in sorted(log, key=lambda message: message.sent_at)]


async def questions(store: Store, conversation: Conversation) -> list[Question]:
    async with store.transaction() as tx:
        return await tx.feedback.of_conversation(conversation.id)


async def tally(store: Store, conversation: Conversation) -> Tally:
    async with store.transaction() as tx:
        return await tx.feedback.tally("school", conversation.now - timedelta(days=400))


async def test_asked_once_after_a_silence_by_many(store: Store, bus: Bus, broker: Broker, crowd: list[Timers]) -> None:
    await forget_everything(store)
    ana = person()
    conversation = await a_satisfied(store, ana)
    await run_out(crowd)
    assert await asked(store, conversation) == [], "too early"
    for _ in range(3):
        await let_pass(store, SILENCE)
        await run_out(crowd)
    (question,) = await asked(store, conversation)
    assert question.payload["text"] == BUSINESS.text("feedback")
    assert [button["title"] for button in question.payload["buttons"]] == ["Sí", "No"]
    assert await broker.depth(SENDER_DELIVERY_READY.name) == 1


async def test_at_most_once_in_the_period(store: Store, crowd: list[Timers]) -> None:
    await forget_everything(store)
    ana = person()
    conversation, _ = await a_question(store, crowd, ana)
    for days, expected in ((3, 1), (3, 1), (2, 2)):
        await let_pass(store, timedelta(days=days))
        await a_satisfied(store, ana)
        await let_pass(store, SILENCE)
        await run_out(crowd)
        assert len(await asked(store, conversation)) == expected


async def test_who_writes_before_the_question_goes_out_is_not_asked(store: Store, crowd: list[Timers]) -> None:
    """It is called off, and counts as never asked: the next silence may ask again."""
    await forget_everything(store)
    ana = person()
    conversation = await a_satisfied(store, ana)
    await let_pass(store, SILENCE)
    await run_out(crowd)
    await receive(store, [said(ana, "una cosa más")], BUSINESS)
    (question,) = await deliveries(store, conversation.id)
    assert (question.state, question.reason) == ("cancelled", "the contact wrote")
    assert await tally(store, conversation) == Tally(0, 0, 0, 0)
    await is_answered(store, conversation)
    await let_pass(store, SILENCE)
    await run_out(crowd)
    assert len(await asked(store, conversation)) == 1


async def test_whose_turn_failed_or_who_is_in_a_persons_hands_is_not_asked(store: Store, crowd: list[Timers]) -> None:
    await forget_everything(store)
    failed, handed_off, taken, waiting, missed = [await a_satisfied(store, person()) for _ in range(5)]
    async with store.transaction() as tx:
        await tx.connection.execute(
            text("UPDATE turns SET state = 'failed' WHERE conversation_id = :id"), {"id": failed.id}
        )
        await tx.connection.execute(
            text("UPDATE turns SET handoff_reason = 'x' WHERE conversation_id = :id"), {"id": handed_off.id}
        )
        await tx.connection.execute(
            text("UPDATE messages SET fate = NULL, turn_id = NULL, position = NULL WHERE conversation_id = :id"),
            {"id": waiting.id},
        )
        await tx.connection.execute(
            text("UPDATE conversations SET handoff_reason = 'x', nobody_came_at = now() WHERE id = :id"),
            {"id": missed.id},
        )
    await take_over(store, taken.id, timedelta(days=1))
    await let_pass(store, SILENCE)
    await run_out(crowd)
    for conversation in (failed, handed_off, taken, waiting, missed):
        assert await asked(store, conversation) == []


async def test_a_client_that_no_longer_asks_or_is_not_loaded_here(store: Store, bus: Bus, crowd: list[Timers]) -> None:
    await forget_everything(store)
    conversation = await a_satisfied(store, person())
    await let_pass(store, SILENCE)
    await Timers(store, bus.publisher, registry(config("other"))).run_out()
    await run_out(crowd)
    assert len(await asked(store, conversation)) == 1, "left to those who know the client"
    other = await a_satisfied(store, person())
    await let_pass(store, SILENCE)
    await Timers(store, bus.publisher, registry(config())).run_out()
    assert await asked(store, other) == []


async def test_a_yes_is_thanked_for_and_starts_no_turn(store: Store, crowd: list[Timers]) -> None:
    await forget_everything(store)
    ana = person()
    conversation, question = await a_question(store, crowd, ana)
    await receive(store, [said(ana, tap(question, "yes"))], BUSINESS)
    assert (await asked(store, conversation))[-1].payload == {"type": "text", "text": "¡Gracias por contarnos!"}
    assert await fates(store, conversation) == [("turn", 1), ("feedback", None)]
    await let_pass(store, 60)
    assert await seal(store) == {}
    assert await tally(store, conversation) == Tally(1, 1, 0, 0)


async def test_after_a_no_the_next_text_is_the_reason(store: Store, crowd: list[Timers]) -> None:
    await forget_everything(store)
    ana = person()
    conversation, question = await a_question(store, crowd, ana)
    await receive(store, [said(ana, tap(question, "no"))], BUSINESS)
    follow_up = (await asked(store, conversation))[-1]
    assert follow_up.payload["text"] == "¿Qué podríamos mejorar?"
    await went_out(store, follow_up)
    await receive(store, [said(ana, "tardaron mucho")], BUSINESS)
    assert (await asked(store, conversation))[-1].payload["text"] == "¡Gracias por contarnos!"
    await receive(store, [said(ana, "quiero otro curso")], BUSINESS)
    (given,) = await questions(store, conversation)
    assert (given.answer, given.reason) == ("no", "tardaron mucho")
    await let_pass(store, 60)
    assert list(await seal(store)) == [conversation.id]
    assert await fates(store, conversation) == [("turn", 1), ("feedback", None), ("feedback", None), ("turn", 2)]
    assert await tally(store, conversation) == Tally(1, 0, 1, 1)


async def test_what_is_no_reason_is_answered(store: Store, crowd: list[Timers]) -> None:
    """Before the question could be read, after the time is up, a question, something between: all go to the bot."""
    await forget_everything(store)
    ana, eva, iva, uma = (person() for _ in range(4))
    asked_why: list[tuple[Sender, Conversation]] = []
    for who in (ana, eva, iva, uma):
        conversation, question = await a_question(store, crowd, who)
        await receive(store, [said(who, tap(question, "no"))], BUSINESS)
        if who is not ana:
            await went_out(store, (await asked(store, conversation))[-1])
        asked_why.append((who, conversation))
    await receive(store, [said(ana, "otra cosa"), said(iva, "¿y el de diseño?")], BUSINESS)
    await receive(store, [said(uma, Choice(choice_id="menu", title="Menú"))], BUSINESS)
    await receive(store, [said(uma, "tardaron")], BUSINESS)
    await let_pass(store, timedelta(minutes=61))
    await receive(store, [said(eva, "tarde")], BUSINESS)
    for _, conversation in asked_why:
        (given,) = await questions(store, conversation)
        assert (given.answer, given.reason) == ("no", None)
        assert (await fates(store, conversation))[-1] == (None, None), "it waits for its turn"


async def test_a_tap_that_comes_twice_or_to_two_debouncers_counts_once(
    store: Store, bus: Bus, broker: Broker, crowd: list[Timers]
) -> None:
    """Meta repeats, the contact taps both buttons, two processes take the same in: one answer, one text back."""
    await forget_everything(store)
    ana = person()
    conversation, question = await a_question(store, crowd, ana)
    first = said(ana, tap(question, "no"))
    async with (
        Bus.connect(broker.url, "other") as other,
        debouncer(store, bus, registry(BUSINESS), batch=1),
        debouncer(store, other, registry(BUSINESS), batch=1),
    ):
        await publish(bus, [first, first, first, first], each=1)
        await eventually(lambda: _stored(store, conversation, 2))
        await publish(bus, [said(ana, tap(question, "yes")), said(ana, tap(question, "no"))], each=1)
        await eventually(lambda: _stored(store, conversation, 4))
        await eventually(lambda: _depth(broker, DEBOUNCER_MESSAGE_RECEIVED.name, 0))
    (given,) = await questions(store, conversation)
    assert given.answer == "no"
    assert len(await asked(store, conversation)) == 2, "the question and why"
    assert await tally(store, conversation) == Tally(1, 0, 1, 0)
    assert [fate for fate, _ in await fates(store, conversation)][1:] == ["feedback"] * 3


async def test_a_tap_beside_other_words_is_kept_without_a_reply(store: Store, crowd: list[Timers]) -> None:
    """Whoever has gone on is not asked why; nor is anybody in a person's hands."""
    await forget_everything(store)
    ana, eva = person(), person()
    for who in (ana, eva):
        conversation, question = await a_question(store, crowd, who)
        if who is eva:
            await take_over(store, conversation.id)
        words = [said(who, "y otra cosa")] if who is ana else []
        await receive(store, [said(who, tap(question, "no")), *words], BUSINESS)
        assert len(await asked(store, conversation)) == 1
        assert (await questions(store, conversation))[0].answer == "no"


async def test_a_button_of_somebody_elses_question_is_a_message_like_any(store: Store, crowd: list[Timers]) -> None:
    await forget_everything(store)
    ana, eva = person(), person()
    conversation, question = await a_question(store, crowd, ana)
    await receive(store, [said(eva, tap(question, "no"))], BUSINESS)
    assert (await questions(store, conversation))[0].answer is None
    await let_pass(store, 60)
    assert len(await seal(store)) == 1


async def test_an_open_turn_has_the_word(store: Store, crowd: list[Timers]) -> None:
    """A reason that comes while the bot is at work on something else is none."""
    await forget_everything(store)
    ana = person()
    conversation, question = await a_question(store, crowd, ana)
    await receive(store, [said(ana, "hola de nuevo")], BUSINESS)
    await let_pass(store, 30)
    (turn_id,) = (await seal(store)).values()
    await receive(store, [said(ana, tap(question, "no"))], BUSINESS)
    assert len(await asked(store, conversation)) == 1
    turn = await claim(store, turn_id)
    assert turn
    async with store.transaction() as tx:
        await tx.conversations.lock(conversation.id)
        assert not await tx.bursts.asking_meanwhile(conversation.id), "a tap is nothing to absorb"
        await tx.turns.close(turn, TurnState.ANSWERED)


async def _depth(broker: Broker, queue: str, count: int) -> bool:
    return await broker.depth(queue) == count


async def _stored(store: Store, conversation: Conversation, count: int) -> bool:
    return len(await fates(store, conversation)) == count
