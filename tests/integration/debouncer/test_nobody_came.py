"""The bot asked for a person, or a person had the word: what the contact wrote meanwhile is answered by somebody, once."""

from datetime import UTC, datetime, timedelta

from remanso.bus import Bus
from remanso.model.content import Reaction
from remanso.model.message import Sender
from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.messages import LogMessage
from services.debouncer.timers import Timers
from tests.support.clock import forget_everything, let_pass
from tests.support.scene import a_turn, answer, conversation_of, deliveries, queue, receive, seal
from tests.support.school import person, registry, said

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
