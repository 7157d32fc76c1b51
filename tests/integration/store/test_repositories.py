"""Each repository does what its names say; together with the other tests here, every statement has run."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from remanso.errors import Forgotten, LeaseLost, TakenOver
from remanso.model.delivery import DeliveryKind
from remanso.model.message import Sender
from remanso.model.turn import CallState, Effect, TurnState
from remanso.store import Store
from remanso.store.steps import RequestedCall, Usage
from remanso.store.turns import Turn, check_epoch
from tests.support.clock import let_pass
from tests.support.scene import (
    USAGE,
    a_conversation,
    a_turn,
    claim,
    conversation_of,
    deliveries,
    queue,
    receive,
    seal,
    take_over,
)
from tests.support.school import CHANNEL, burst, config, person, said

LEASE = timedelta(seconds=30)


async def claimed(store: Store, *texts: str) -> Turn:
    turn = await claim(store, (await a_turn(store, *texts)).id)
    assert turn
    return turn


async def test_what_is_learned_of_a_person_is_merged(store: Store) -> None:
    conversation = await a_conversation(store)
    async with store.transaction() as tx:
        await tx.contacts.save(conversation.contact_id, name="Ana", facts={"course": "pan", "paid": False})
        await tx.contacts.save(conversation.contact_id, email="ana@example.com", facts={"paid": True})
        await tx.contacts.save_location(conversation.contact_id, {"latitude": 1.5, "name": "a\x00b\ud800"})
        contact = await tx.contacts.get(conversation.contact_id)
    assert contact
    assert (contact.name, contact.email, contact.facts) == ("Ana", "ana@example.com", {"course": "pan", "paid": True})
    assert contact.location == {"latitude": 1.5, "name": "a\ufffdb\ufffd"}


async def test_a_person_is_found_by_any_alias_and_a_recycled_number_is_another(store: Store) -> None:
    ana = person()
    async with store.transaction() as tx:
        (first,) = await tx.contacts.resolve("school", [ana])
        again = await tx.contacts.resolve("school", [Sender(wa_id=ana.wa_id), Sender(user_id=ana.user_id), ana])
        (stranger,) = await tx.contacts.resolve("school", [Sender(wa_id=ana.wa_id, user_id="AR.other")])
        (elsewhere,) = await tx.contacts.resolve("another", [ana])
    assert again == [first] * 3
    assert len({first, stranger, elsewhere}) == 3


async def test_the_profile_name_follows_the_person(store: Store) -> None:
    ana = person()
    async with store.transaction() as tx:
        (contact,) = await tx.contacts.resolve("school", [ana])
        await tx.contacts.resolve("school", [ana.model_copy(update={"profile_name": "Ani"})])
        await tx.contacts.resolve("school", [ana.model_copy(update={"profile_name": None})])
        found = await tx.contacts.get(contact)
    assert found
    assert found.profile_name == "Ani"


async def test_the_send_lease_has_one_holder_and_a_token(store: Store) -> None:
    conversation = await a_conversation(store)

    async def lease() -> int | None:
        async with store.transaction() as tx:
            return await tx.send_leases.claim(conversation.id, LEASE)

    async def hold(token: int) -> None:
        async with store.transaction() as tx:
            await tx.send_leases.hold(conversation.id, token, LEASE)

    first = await lease()
    assert first
    assert await lease() is None
    await let_pass(store, 20)
    await hold(first)  # renews
    await let_pass(store, 20)
    assert await lease() is None
    await let_pass(store, 31)
    second = await lease()
    assert second == first + 1
    with pytest.raises(LeaseLost):
        await hold(first)
    async with store.transaction() as tx:
        await tx.send_leases.release(conversation.id, first)  # a zombie's: without effect
    assert await lease() is None
    async with store.transaction() as tx:
        await tx.send_leases.release(conversation.id, second)
    assert await lease() == second + 1


async def test_a_takeover_ends_the_turn_whoever_holds_it(store: Store) -> None:
    turn = await claimed(store)
    await take_over(store, turn.conversation_id)
    async with store.transaction() as tx:
        conversation = await tx.conversations.lock(turn.conversation_id)
        assert (conversation.mode, conversation.epoch) == ("human", 1)
        with pytest.raises(TakenOver):
            check_epoch(turn, conversation)
        with pytest.raises(LeaseLost):
            await tx.turns.hold(turn)
        found = await tx.turns.get(turn.id)
    assert found
    assert (found.state, found.reason) == (TurnState.CANCELLED, "a person took over")


async def test_a_handoff_asked_for_by_a_tool_keeps_the_epoch(store: Store) -> None:
    turn = await claimed(store)
    async with store.transaction() as tx:
        await tx.turns.ask_handoff(turn.id, "wants a person")
        await tx.turns.ask_handoff(turn.id, "a second reason")
        held = await tx.turns.hold(turn)
        assert held.handoff_reason == "wants a person"
        await tx.takeovers.hand_off(turn.conversation_id, "wants a person", timedelta(minutes=30))
        conversation = await tx.conversations.get(turn.conversation_id)
    assert conversation
    assert (conversation.mode, conversation.epoch, conversation.handoff_reason) == ("human", 0, "wants a person")
    check_epoch(turn, conversation)


async def test_free_turns_are_the_oldest_first_and_those_of_our_clients(store: Store) -> None:
    foreign = await a_turn(store, business=config("unknown", channel="1"))
    turn = await a_turn(store)
    async with store.transaction() as tx:
        assert turn.id not in await tx.turns.free(1000, timedelta(minutes=5))
        everybodys = await tx.turns.free(1000, timedelta())
        ours = await tx.turns.free(1000, timedelta(), {"school": 1000})
    found = list(everybodys)
    assert found.index(foreign.id) < found.index(turn.id)
    assert (everybodys[foreign.id], everybodys[turn.id]) == ("unknown", "school")
    assert foreign.id not in ours
    assert turn.id in ours
    async with store.transaction() as tx:
        overdue = await tx.turns.overdue("school", timedelta(), 1000, timedelta(hours=24))
    assert turn.id in [found.id for found in overdue]
    assert foreign.id not in [found.id for found in overdue]


async def test_what_came_meanwhile(store: Store) -> None:
    ana = person()
    await receive(store, burst(ana, "uno"))
    await let_pass(store, 30)
    await seal(store)
    conversation = await conversation_of(store, ana)
    async with store.transaction() as tx:
        assert not await tx.bursts.asking_meanwhile(conversation.id)
    await receive(store, burst(ana, "dos"))
    async with store.transaction() as tx:
        assert await tx.bursts.asking_meanwhile(conversation.id)


async def test_tool_calls_move_once_and_keep_the_models_order(store: Store) -> None:
    turn = await claimed(store)
    async with store.transaction() as tx:
        for number in range(3):
            step = await tx.steps.add(turn, USAGE, kept=True)
            calls = [RequestedCall(f"{number}{c}", "search", '{"q": "\x00"}', Effect.WRITE) for c in "ba"]
            await tx.steps.add_calls(turn, step, calls)
        started = await tx.steps.start_call(turn, "0b")
        done = await tx.steps.finish_call(turn, "0b", CallState.DONE, "half \ud800")
        found = await tx.steps.calls_of([turn.id])
        with pytest.raises(LeaseLost):
            await tx.steps.finish_call(turn, "0b", CallState.UNKNOWN, "")
    assert (started.state, started.attempt) == (CallState.STARTED, turn.attempt)
    assert (done.state, done.result) == (CallState.DONE, "half \ufffd")
    assert [call.call_id for call in found] == ["0b", "0a", "1b", "1a", "2b", "2a"]
    assert found[0].arguments == '{"q": "\ufffd"}'


async def test_steps_are_counted_with_what_they_cost(store: Store) -> None:
    turn = await claimed(store)
    paid = Usage("m", "r", "stop", 1000, 500, 0, 50, 0, Decimal("0.00012345"), datetime(2026, 11, 1, tzinfo=UTC), 1.5)
    async with store.transaction() as tx:
        await tx.steps.add(turn, paid, kept=False, draft="a\x00b")
        await tx.steps.add(turn, USAGE, kept=True)
        steps = await tx.steps.of_turn(turn.id)
    assert [(step.number, step.outcome) for step in steps] == [(1, "discarded"), (2, "kept")]


async def test_the_log_from_a_turn_on_and_what_a_wamid_names(store: Store) -> None:
    ana = person()
    for text in ("uno", "dos", "tres"):
        await receive(store, [said(ana, text, wamid=f"{ana.wa_id}.{text}")])
        await let_pass(store, 30)
        (turn_id,) = (await seal(store)).values()
        turn = await claim(store, turn_id)
        assert turn
        async with store.transaction() as tx:
            await tx.turns.close(turn, TurnState.ANSWERED)
    conversation = await conversation_of(store, ana)
    await queue(store, conversation.id, "respuesta")
    (part,) = await deliveries(store, conversation.id)
    async with store.transaction() as tx:
        await tx.attempts.mark_accepted(part.id, f"{ana.wa_id}.out")
        recent = await tx.messages.since_turn(conversation.id, 2)
        everything = await tx.messages.since_turn(conversation.id, 1)
        named = await tx.messages.texts_of(CHANNEL, [f"{ana.wa_id}.uno", f"{ana.wa_id}.out", "nobody's"])
    assert [message.content["text"] for message in recent] == ["dos", "tres"]
    assert [message.contact_content.kind for message in everything] == ["text"] * 3
    assert {wamid.rpartition(".")[2]: content["text"] for wamid, content in named.items()} == {
        "uno": "uno",
        "out": "respuesta",
    }


async def test_a_part_of_somebody_else_is_not_ours_to_move(store: Store) -> None:
    """An old attempt's records are without effect once a newer one was written down."""
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno", kind=DeliveryKind.HUMAN)
    async with store.transaction() as tx:
        head = await tx.deliveries.head(conversation.id)
        assert head
        old = await tx.attempts.mark_sending(head.id)
        new = await tx.attempts.mark_sending(head.id)
        await tx.attempts.postpone(old, LEASE, code=1, reason="late")
        await tx.attempts.mark_unknown(old, LEASE, "late")
        (found,) = await tx.deliveries.of_conversation(conversation.id)
    assert (found.state, found.attempts, found.reason) == ("sending", new.attempts, None)


async def test_free_turns_are_given_up_to_each_clients_room(store: Store) -> None:
    crowd = [(await a_turn(store, business=config("crowd", channel="2"))).id for _ in range(3)]
    late = await a_turn(store, business=config("quiet", channel="3"))
    async with store.transaction() as tx:
        found = await tx.turns.free(3, timedelta(), {"crowd": 2, "quiet": 5})
        assert await tx.turns.free(3, timedelta(), {}) == {}
    assert found == {crowd[0]: "crowd", crowd[1]: "crowd", late.id: "quiet"}


async def test_nothing_is_found_under_an_id_of_nobody(store: Store) -> None:
    conversation = await a_conversation(store)
    async with store.transaction() as tx:
        assert await tx.turns.get(conversation.id) is None
        assert await tx.conversations.get(conversation.contact_id) is None
        assert await tx.contacts.get(conversation.id) is None
        assert await tx.turns.claim(conversation.id, "x", LEASE) is None
        with pytest.raises(Forgotten):
            await tx.conversations.lock(conversation.contact_id)
        with pytest.raises(LookupError):
            await tx.attempts.mark_sending(conversation.id)
