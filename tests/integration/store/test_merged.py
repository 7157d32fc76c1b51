"""What comes late, or under an old name, for a contact who turned out to be somebody else: it is theirs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import CursorResult, text

from remanso.model.content import Edit
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store import Store, Transaction
from remanso.store.conversations import Conversation
from remanso.store.turns import Turn
from tests.support.clock import forget_everything, let_pass
from tests.support.credit import account, allowance, assert_books_agree, grant, reserve
from tests.support.scene import answer, claim, conversation_of, deliveries, queue, receive, seal, take_over
from tests.support.school import NAME, person, said
from tests.support.waiting import eventually

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def empty(store: Store) -> None:
    await forget_everything(store)


@dataclass(frozen=True)
class Pair:
    """One person who has written under two names; each name has its contact and conversation as yet."""

    whole: Sender
    by_phone: Conversation
    by_user_id: Conversation


async def pair(store: Store) -> Pair:
    whole = person()
    phone, user = Sender(wa_id=whole.wa_id), Sender(user_id=whole.user_id)
    await receive(store, [said(phone, "hola"), said(user, "¿hay lugar?")])
    return Pair(whole, await conversation_of(store, phone), await conversation_of(store, user))


async def turn_of(store: Store, conversation: Conversation) -> Turn:
    """The conversation is busy: an agent works on its turn."""
    await let_pass(store, 30)
    await seal(store)
    async with store.transaction() as tx:
        (turn,) = await tx.turns.of_conversation(conversation.id)
    held = await claim(store, turn.id)
    assert held
    return held


async def joined(store: Store, both: Pair) -> tuple[UUID, UUID]:
    """They write under both names: (whom they are now, the contact who is no more)."""
    await receive(store, [said(both.whole, "soy yo")])
    kept = (await conversation_of(store, both.whole)).contact_id
    (gone,) = {both.by_phone.contact_id, both.by_user_id.contact_id} - {kept}
    return kept, gone


async def _all_wait(tx: Transaction, workers: int) -> bool:
    return bool((await _run(tx, "SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one() == workers)


async def _run(tx: Transaction, sql: str, **values: Any) -> CursorResult[Any]:
    return await tx.connection.execute(text(sql), values)


async def texts(store: Store, conversation_id: UUID) -> Sequence[str]:
    async with store.transaction() as tx:
        return [message.content.get("text", "") for message in await tx.messages.of_conversation(conversation_id)]


async def test_a_number_learned_meanwhile_keeps_nobody_from_writing(store: Store) -> None:
    """A part of the one was on its way while both became one; Graph's answer brought a number that nobody knew."""
    both = await pair(store)
    await turn_of(store, both.by_phone)
    kept, gone = await joined(store, both)
    other_spelling = f"54{(both.whole.wa_id or '')[3:]}"
    async with store.transaction() as tx:
        await tx.contacts.learn_number(NAME, gone, other_spelling)
    async with store.transaction() as tx:  # and one that was learned in the very moment of the merge
        await _run(tx, "INSERT INTO contact_aliases VALUES (:c, 'wa_id', '5499999999999', :id)", c=NAME, id=gone)
    names = (both.whole, Sender(wa_id=other_spelling), Sender(wa_id="5499999999999"))
    await receive(store, [said(who, f"mensaje {place}") for place, who in enumerate(names)])
    conversation = await conversation_of(store, both.whole)
    assert conversation.contact_id == kept
    assert {f"mensaje {place}" for place in range(3)} <= set(await texts(store, conversation.id))
    newcomer = Sender(wa_id="5499999999999", user_id=f"AR.{uuid4().hex}")  # the number is somebody else's by now
    await receive(store, [said(newcomer, "soy otra")])
    assert await texts(store, (await conversation_of(store, newcomer)).id) == ["soy otra"]


async def test_what_a_tool_learns_of_the_one_is_known_of_the_other(store: Store) -> None:
    both = await pair(store)
    await turn_of(store, both.by_phone)
    kept, gone = await joined(store, both)
    async with store.transaction() as tx:
        await tx.contacts.save(gone, name="Ana", email="ana@example.org", language="en", facts={"course": "pan"})
        for contact_id in (kept, gone):
            found = await tx.contacts.get(contact_id)
            assert found
            known = (found.id, found.name, found.email, found.language, found.facts)
            assert known == (kept, "Ana", "ana@example.org", "en", {"course": "pan"})


async def test_what_a_tool_learns_in_the_moment_of_the_merge_is_not_lost(store: Store) -> None:
    """It waits for the merge that is under way, and then finds whom they are."""
    both = await pair(store)
    contacts = sorted((both.by_phone.contact_id, both.by_user_id.contact_id))
    merged = asyncio.Event()

    async def learn(contact_id: UUID) -> None:
        await merged.wait()
        async with store.transaction() as tx:
            await tx.contacts.save(contact_id, facts={f"{contact_id}": True})

    learning = [asyncio.create_task(learn(contact)) for contact in contacts]
    async with store.transaction() as tx:
        (kept, *_) = await tx.contacts.resolve(NAME, [both.whole])
        merged.set()
        await eventually(lambda: _all_wait(tx, len(learning)))
    await asyncio.gather(*learning)
    async with store.transaction() as tx:
        found = await tx.contacts.get(kept)
    assert found
    assert set(found.facts) == {str(contact) for contact in contacts}


async def test_credit_goes_along_with_what_is_reserved_of_it(store: Store) -> None:
    """The turn that had reserved is paid from the survivor's account; late grants go there; a period gives once."""
    both = await pair(store)
    turn = await turn_of(store, both.by_phone)
    busy, other = both.by_phone.contact_id, both.by_user_id.contact_id
    await grant(store, 5, contact_id=busy)
    await grant(store, 2, contact_id=other, lasts=timedelta(days=1))
    assert await reserve(store, turn, 3, allowance(busy, 1), allowance(dollars=10)) is None
    kept, gone = await joined(store, both)
    found = await account(store, kept)
    assert (found.balance, found.reserved) == (Decimal(8), Decimal(3))
    await assert_books_agree(store)
    async with store.transaction() as tx:
        assert await tx.books.account(NAME, gone) is None
        charged = await tx.credit.settle(turn, Decimal("0.5"))
    assert charged
    assert charged.settled == Decimal("0.5")
    await grant(store, 1, contact_id=gone)
    next_call = turn.__class__(**{**vars(turn), "id": uuid4()})
    assert await reserve(store, next_call, 8, allowance(kept, 1), allowance(dollars=10)) is None
    found = await account(store, kept)
    assert (found.balance, found.reserved) == (Decimal("8.5"), Decimal(8))  # without a second grant of the period
    await assert_books_agree(store)


async def test_credit_follows_whoever_survives(store: Store) -> None:
    """An account of nobody's yet takes over period and exhaustion, too: what a person had they have."""
    both = await pair(store)
    for contact in (both.by_phone.contact_id, both.by_user_id.contact_id):
        await grant(store, 1, contact_id=contact)
    kept, _ = await joined(store, both)
    found = await account(store, kept)
    assert (found.balance, found.reserved) == (Decimal(2), Decimal(0))
    assert found.last_grant
    await assert_books_agree(store)


@pytest.mark.parametrize("held", ["the busy one", "the one at rest"])
async def test_a_person_who_holds_the_one_holds_both_and_the_bot_is_silent_in_both(store: Store, held: str) -> None:
    both = await pair(store)
    await turn_of(store, both.by_phone)
    survivor, at_rest = both.by_phone, both.by_user_id
    async with store.transaction() as tx:
        (turn,) = await tx.turns.of_conversation(at_rest.id)
    await answer(store, turn.id)
    await queue(store, at_rest.id, "quedan dos")
    await queue(store, survivor.id, "sí, hay")
    taken = survivor if held == "the busy one" else at_rest
    await take_over(store, taken.id)
    async with store.transaction() as tx:
        user, epoch = uuid4(), (await tx.conversations.lock(taken.id)).epoch
        hold = "INSERT INTO holds (conversation_id, epoch, user_id, who) VALUES (:id, :epoch, :user, 'Eva')"
        await _run(tx, hold, id=taken.id, epoch=epoch, user=user)
    await receive(store, [said(both.whole, "soy yo")])
    conversation = await conversation_of(store, both.whole)
    assert conversation.mode == "human"
    async with store.transaction() as tx:
        who = "SELECT user_id FROM holds WHERE conversation_id = :id AND epoch = :epoch"
        assert (await _run(tx, who, id=conversation.id, epoch=conversation.epoch)).scalars().all() == [user]
    for part in await deliveries(store, conversation.id):
        assert part.state == "cancelled" or part.epoch < conversation.epoch, part


async def test_an_edit_finds_its_message_when_both_are_one(store: Store) -> None:
    both = await pair(store)
    await turn_of(store, both.by_phone)
    phone = Sender(wa_id=both.whole.wa_id)
    await receive(store, [said(phone, "el lunes", wamid=(wamid := f"wamid.{uuid4().hex}"))])
    await receive(store, [said(both.whole, Edit(target=wamid, text="el martes"))])
    async with store.transaction() as tx:
        for turn in await tx.turns.of_conversation(both.by_phone.id):
            await tx.turns.end_open(turn.conversation_id, TurnState.ANSWERED, "said")
        for waiting in await tx.merging.pending(10):
            await tx.merging.follow(waiting)
    conversation = await conversation_of(store, both.whole)
    async with store.transaction() as tx:
        (edited,) = [m for m in await tx.messages.of_conversation(conversation.id) if m.wamid == wamid]
    assert edited.edited_text == "el martes"


async def test_forgetting_under_an_old_name_forgets_the_whole_person(store: Store) -> None:
    both = await pair(store)
    kept, gone = await joined(store, both)
    async with store.transaction() as tx:
        for contact_id in (kept, gone):
            person_ = await tx.persons.of(NAME, contact_id)
            assert person_
            assert (person_.contact_id, set(person_.contacts)) == (kept, {kept, gone})
        assert await tx.forgetting.forget(NAME, gone, who="Eva", marked=False)
        assert await tx.contacts.get(kept) is None
