"""A person was asked for, or had the word: what the contact wrote meanwhile is answered by somebody, once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from remanso.bus import Bus
from remanso.model.content import Reaction
from remanso.model.message import Sender
from remanso.model.outgoing import Text
from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.messages import LogMessage
from services.debouncer.timers import Timers
from tests.integration.debouncer.test_echoes import echoed
from tests.support.clock import forget_everything, let_pass
from tests.support.scene import (
    USAGE,
    a_turn,
    answer,
    claim,
    conversation_of,
    deliveries,
    queue,
    receive,
    seal,
    take_over,
)
from tests.support.school import CHANNEL, person, registry, said

HOLD = timedelta(minutes=30)


async def asked_for_a_person(store: Store, who: Sender) -> Conversation:
    """Somebody wrote, the bot answered and asked for a person."""
    await forget_everything(store)
    await receive(store, [said(who, "quiero hablar con alguien")])
    await let_pass(store, 30)
    ((conversation_id, turn_id),) = (await seal(store)).items()
    await answer(store, turn_id)
    async with store.transaction() as tx:
        await tx.conversations.lock(conversation_id)
        await tx.takeovers.hand_off(conversation_id, "pide una persona", HOLD)
    return await conversation_of(store, who)


async def time_runs_out(store: Store, bus: Bus) -> None:
    await let_pass(store, HOLD + timedelta(minutes=1))
    await Timers(store, bus.publisher, registry()).run_out()


async def log_of(store: Store, conversation: Conversation) -> list[LogMessage]:
    async with store.transaction() as tx:
        return await tx.messages.of_conversation(conversation.id)


async def test_what_was_written_while_nobody_came_is_one_burst_for_the_bot(store: Store, bus: Bus) -> None:
    ana = person()
    conversation = await asked_for_a_person(store, ana)
    now = datetime.now(UTC)
    await receive(store, [said(ana, "¿hay alguien?", sent_at=now)])
    await let_pass(store, 60)
    assert await seal(store) == {}
    await receive(store, [said(ana, "sigo acá", sent_at=now + timedelta(seconds=2))])
    await receive(store, [said(ana, "¿hola?", sent_at=now + timedelta(seconds=1))])
    await time_runs_out(store, bus)
    turns = await seal(store)
    assert list(turns) == [conversation.id]
    log = await log_of(store, conversation)
    assert [(m.content["text"], m.position, m.fate) for m in log] == [
        ("quiero hablar con alguien", 1, "turn"),
        ("¿hay alguien?", 2, "turn"),
        ("¿hola?", 3, "turn"),
        ("sigo acá", 4, "turn"),
    ]
    assert {m.turn_id for m in log[1:]} == {turns[conversation.id]}
    await let_pass(store, 3600)
    await Timers(store, bus.publisher, registry()).run_out()
    assert await seal(store) == {}


async def test_it_stays_marked_and_the_bot_says_nothing_on_its_own(store: Store, bus: Bus) -> None:
    """Whatever the sweeps: a contact who wrote nothing gets nothing, and the mark is one and stays."""
    conversation = await asked_for_a_person(store, ana := person())
    await queue(store, conversation.id, "Le paso con una persona.")
    await receive(store, [said(ana, Reaction(target="w", emoji="👍"))])
    for _ in range(3):
        await time_runs_out(store, bus)
        assert await seal(store) == {}
    left = await conversation_of(store, ana)
    assert (left.mode, left.epoch, left.handoff_reason) == ("bot", 1, "pide una persona")
    assert [(part.state, part.epoch) for part in await deliveries(store, conversation.id)] == [("pending", 1)]
    assert await told(store, conversation) == [("handed_back", "nobody", None)]
    log = await log_of(store, conversation)
    assert [(m.position, m.fate) for m in log] == [(1, "turn"), (None, None)]


async def test_a_second_handoff_in_the_same_talk_runs_in_no_circle(store: Store, bus: Bus) -> None:
    """The model is told before the first burst since, and each handoff answers something that the contact wrote."""
    conversation = await asked_for_a_person(store, ana := person())
    first, second = await answered_with_a_handoff(store, bus, ana), await answered_with_a_handoff(store, bus, ana)
    for _ in range(3):
        await time_runs_out(store, bus)
        assert await seal(store) == {}
    async with store.transaction() as tx:
        turns = await tx.turns.of_conversation(conversation.id)
        assert await tx.turns.nobody_came_before([turn.id for turn in turns]) == {first, second}
    assert [cause for _, cause, _ in await told(store, conversation)] == ["nobody"] * 3


async def answered_with_a_handoff(store: Store, bus: Bus, who: Sender) -> UUID:
    await receive(store, [said(who, "¿hay alguien?")])
    await time_runs_out(store, bus)
    ((conversation_id, turn_id),) = (await seal(store)).items()
    await answer(store, turn_id)
    async with store.transaction() as tx:
        await tx.conversations.lock(conversation_id)
        await tx.takeovers.hand_off(conversation_id, "otra vez", HOLD)
    return turn_id


async def test_the_bot_answers_what_came_after_a_persons_last_word(store: Store, bus: Bus) -> None:
    ana, moment = person(), datetime.now(UTC)
    await forget_everything(store)
    await receive(store, [said(ana, "hola", sent_at=moment)])
    conversation = await conversation_of(store, ana)
    await take_over(store, conversation.id, HOLD)
    await word_of_a_person(store, conversation)
    await receive(store, [said(ana, "¿y el precio?", sent_at=moment + timedelta(seconds=1))])
    await time_runs_out(store, bus)
    turns = await seal(store)
    log = await log_of(store, conversation)
    assert [(m.content["text"], m.fate) for m in log] == [
        ("hola", "human"),
        ("soy Marta", None),
        ("¿y el precio?", "turn"),
    ]
    assert [m.position for m in log] == [1, 2, 3]
    assert log[2].turn_id == turns[conversation.id]
    assert (await conversation_of(store, ana)).handoff_reason is None
    assert [cause for _, cause, _ in await told(store, conversation)] == [None, "time"]


async def test_what_a_person_answered_is_nobodys_work_any_more(store: Store, bus: Bus) -> None:
    conversation = await asked_for_a_person(store, ana := person())
    await receive(store, [said(ana, "¿hay alguien?")])
    await take_over(store, conversation.id, HOLD)
    await word_of_a_person(store, conversation)
    await time_runs_out(store, bus)
    assert await seal(store) == {}
    left = await conversation_of(store, ana)
    assert (left.due_at, left.burst_opened_at, left.handoff_reason) == (None, None, None)


async def word_of_a_person(store: Store, conversation: Conversation) -> None:
    async with store.transaction() as tx:
        now = (await tx.conversations.lock(conversation.id)).now
        await tx.bursts.number_for_person(conversation.id, now)
        place = await tx.conversations.take_positions(conversation.id, 1)
        await tx.messages.add_human(conversation.id, CHANNEL, place, Text(text="soy Marta"))


async def test_a_burst_that_a_person_took_from_the_bot_is_answered_once_it_is_given_back(
    store: Store, bus: Bus
) -> None:
    """Nothing was said about it; where the bot had begun to, what it did may not be done again."""
    await forget_everything(store)
    untouched, begun = await a_turn(store, "hola", "¿hay cursos?"), await a_turn(store, "¡hola!")
    held = await claim(store, begun.id)
    assert held
    async with store.transaction() as tx:
        await tx.steps.add(held, USAGE, kept=True)
    for turn in (untouched, begun):
        await take_over(store, turn.conversation_id, HOLD)
    await time_runs_out(store, bus)
    turns = await seal(store)
    assert set(turns) == {untouched.conversation_id}
    async with store.transaction() as tx:
        log = await tx.messages.of_conversation(untouched.conversation_id)
        numbers = [(turn.number, turn.state) for turn in await tx.turns.of_conversation(untouched.conversation_id)]
    assert [(m.content["text"], m.position, m.turn_id) for m in log] == [
        ("hola", 1, turns[untouched.conversation_id]),
        ("¿hay cursos?", 2, turns[untouched.conversation_id]),
    ]
    assert numbers == [(1, "cancelled"), (2, "open")]


async def test_the_bots_time_counts_from_when_it_got_the_word_back(store: Store, bus: Bus) -> None:
    conversation = await asked_for_a_person(store, ana := person())
    await receive(store, [said(ana, "¿hay alguien?")])
    await time_runs_out(store, bus)
    turns = await seal(store)
    async with store.transaction() as tx:
        turn = await tx.turns.get(turns[conversation.id])
    assert turn
    assert turn.sealed_at - turn.opened_at < timedelta(seconds=20)


async def test_two_who_are_one_keep_the_mark_and_what_waits(store: Store, bus: Bus) -> None:
    ana = person()
    by_phone, by_user = Sender(wa_id=ana.wa_id), Sender(user_id=ana.user_id)
    await asked_for_a_person(store, by_phone)
    await receive(store, [said(by_phone, "¿hay alguien?")])
    await receive(store, [said(by_user, "soy yo, sin número")])
    await time_runs_out(store, bus)
    await receive(store, [said(ana, "los dos soy yo")])
    kept = await conversation_of(store, ana)
    await let_pass(store, 30)
    assert list(await seal(store)) == [kept.id]
    log = await log_of(store, kept)
    assert [m.fate for m in log] == ["turn"] * 4
    assert [m.position for m in log] == [1, 2, 3, 4]
    assert len({m.turn_id for m in log[1:]}) == 1
    assert kept.handoff_reason == "pide una persona"


async def test_an_echo_that_comes_late_takes_the_mark_away(store: Store, bus: Bus) -> None:
    await asked_for_a_person(store, ana := person())
    await time_runs_out(store, bus)
    await receive(store, [echoed(ana, ago=timedelta(minutes=40))])
    left = await conversation_of(store, ana)
    assert (left.mode, left.handoff_reason) == ("bot", None)


async def told(store: Store, conversation: Conversation) -> list[tuple[str, str | None, str | None]]:
    query = "SELECT kind, cause, who FROM conversation_events WHERE conversation_id = :id ORDER BY epoch"
    async with store.transaction() as tx:
        return [tuple(row) for row in await tx.connection.execute(text(query), {"id": conversation.id})]
