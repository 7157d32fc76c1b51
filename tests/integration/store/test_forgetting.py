"""Everything of a person is told in an export and gone after forgetting, but the books, which agree as before."""

import asyncio
import base64
from datetime import timedelta
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import text

from remanso.errors import Forgotten, LeaseLost
from remanso.model.forgetting import mark_of
from remanso.model.message import Sender
from remanso.store import Store
from remanso.store.exports import FORMAT, schema
from remanso.store.forgetting import forgotten_contact
from tests.support.scene import a_conversation, a_turn, claim, conversation_of, queue, receive
from tests.support.school import burst, person, said
from tests.support.whole_person import Whole, a_whole_person, where


@pytest.fixture
async def whole(store: Store) -> Whole:
    return await a_whole_person(store)


async def forget(store: Store, whole: Whole) -> dict[str, int]:
    async with store.transaction() as tx:
        done = await tx.forgetting.forget("school", whole.person.contact_id, who="a test")
    assert done
    return dict(done.counts)


async def test_an_export_tells_everything_and_is_as_its_schema_says(store: Store, whole: Whole) -> None:
    async with store.transaction() as tx:
        rows, files = await tx.exports.rows(whole.person), await tx.exports.files(whole.person)
    document = {
        "format": FORMAT,
        "client": "school",
        "contact_id": str(whole.person.contact_id),
        "exported_at": "2026-01-01T00:00:00Z",
        "tables": rows,
        "files": [],
    }
    Draft202012Validator(schema()).validate(document)
    assert set(rows) == set(schema()["properties"]["tables"]["properties"])
    assert files[0].content == whole.words.encode()
    assert rows["messages"][0]["content"]["text"] == whole.words


async def test_nothing_is_left_of_the_forgotten_anywhere(store: Store, whole: Whole) -> None:
    """Every column of every row of the database is searched, for words, names and ids made from names."""
    stranger = await a_whole_person(store)
    before = await where(store, *whole.traces)
    assert set(before) == set(whole.traces), "else this test would prove nothing"
    async with store.transaction() as tx:
        others = await tx.exports.rows(stranger.person)
    counts = await forget(store, whole)
    assert counts["messages"] == 3
    async with store.transaction() as tx:
        assert await tx.exports.rows(stranger.person) == others
        done = await tx.forgetting.forget("school", stranger.person.contact_id, who="a test")
    assert done
    assert await where(store, *whole.traces, *stranger.traces) == {}


async def test_sums_stay_and_the_books_agree(store: Store, whole: Whole) -> None:
    async def costs() -> list[Decimal]:
        async with store.transaction() as tx:
            sums = "SELECT sum(cost_usd) FROM {} JOIN turns t ON t.id = turn_id WHERE t.client = 'school'"
            sources = [await tx.connection.scalar(text(sums.format(name))) for name in ("steps", "summaries", "media")]
            ledger = "SELECT sum(amount) FROM credit_entries", "SELECT sum(balance) FROM credit_accounts"
            return sources + [await tx.connection.scalar(text(statement)) for statement in ledger]

    before = await costs()
    await forget(store, whole)
    assert await costs() == before
    async with store.transaction() as tx:
        while await tx.credit.release_abandoned():
            pass
        assert await tx.books.discrepancies() == []
        assert (await tx.books.used_by_contact(forgotten_contact("school"))).cost_usd >= Decimal("0.375")


async def test_who_works_on_it_finds_it_gone(store: Store) -> None:
    turn = await a_turn(store)
    held = await claim(store, turn.id)
    assert held
    await queue(store, turn.conversation_id, "hola", turn_id=turn.id)
    async with store.transaction() as tx:
        sending = await tx.send_leases.claim(turn.conversation_id, timedelta(seconds=30))
        part = await tx.deliveries.head(turn.conversation_id)
        conversation = await tx.conversations.get(turn.conversation_id)
        assert sending and part and conversation
        await tx.attempts.mark_sending(part.id)
    async with store.transaction() as tx:
        assert await tx.forgetting.forget("school", conversation.contact_id, who="a test")
    for work in ("agent", "lease", "sender"):
        with pytest.raises(LeaseLost):
            async with store.transaction() as tx:
                if work == "agent":
                    await tx.conversations.lock(turn.conversation_id)
                elif work == "lease":
                    await tx.turns.renew(held, timedelta(seconds=30))
                else:
                    await tx.send_leases.hold(turn.conversation_id, sending, timedelta(seconds=30))
    async with store.transaction() as tx:  # Meta took the part after all: nothing is learned from its answer
        await tx.attempts.mark_accepted(part.id, "wamid.late")
        await tx.receipts.adopt(part.id, "wamid.late", str)
        await tx.contacts.learn_number("school", conversation.contact_id, "5491100000000")
    assert await where(store, "5491100000000", "wamid.late") == {}
    assert issubclass(Forgotten, LeaseLost)


async def test_who_comes_back_is_somebody_new_and_what_was_late_is_not_stored(store: Store) -> None:
    ana = person()
    before, late = burst(ana, "quiero darme de baja", "y algo más", ago=timedelta(seconds=5))
    await receive(store, [before])
    async with store.transaction() as tx:
        (contact,) = await tx.contacts.resolve("school", [ana])
        await tx.contacts.save(contact, name="Ana", facts={"course": "cocina"})
        assert await tx.forgetting.forget("school", contact, who="a test")
    await receive(store, [before, late])
    async with store.transaction() as tx:
        assert await tx.persons.find("school", ana.wa_id or "") is None
    await receive(store, [said(ana, "hola, soy nueva")])
    conversation = await conversation_of(store, ana)
    async with store.transaction() as tx:
        known = await tx.contacts.get(conversation.contact_id)
        log = await tx.messages.of_conversation(conversation.id)
    assert known and (known.name, known.facts) == (None, {})
    assert [message.content["text"] for message in log] == ["hola, soy nueva"]


async def test_a_number_is_found_and_forgotten_in_every_spelling(store: Store) -> None:
    await receive(store, [said(Sender(wa_id="5491155501234"))])
    async with store.transaction() as tx:
        contact = await tx.persons.find("school", "+54 11 5550-1234")
        assert contact and await tx.persons.find("academy", "5491155501234") is None
        assert await tx.forgetting.forget("school", contact, who="a test")
        assert await tx.forgetting.since("school", [("wa_id", "541155501234"), ("wa_id", "541155501235")])
        assert await tx.forgetting.forget("school", contact, who="a test") is None


async def test_a_restored_backup_forgets_again_but_not_who_came_back_since(store: Store) -> None:
    gone, back = await a_conversation(store), await a_conversation(store)
    async with store.transaction() as tx:
        people = [await tx.persons.of("school", one.contact_id) for one in (gone, back)]
        names = [one.aliases for one in people if one]
        for one in (gone, back):
            assert await tx.forgetting.forget("school", one.contact_id, who="a test")
        await tx.connection.execute(  # as a backup from before brings one back, and the other one writes again
            text(
                """INSERT INTO contacts (id, client, created_at) VALUES (:a, 'school', now() - interval '1 day'),
                   (:b, 'school', now() + interval '1 second')"""
            ),
            {"a": gone.contact_id, "b": back.contact_id},
        )
        for contact, aliases in zip((gone.contact_id, back.contact_id), names, strict=True):
            for kind, value in aliases:
                await tx.connection.execute(
                    text("INSERT INTO contact_aliases VALUES ('school', :kind, :value, :contact)"),
                    {"kind": kind, "value": value, "contact": contact},
                )
        assert await tx.forgetting.still_known() == [("school", gone.contact_id)]


async def test_forgetting_beside_the_contacts_own_messages_loses_nothing_and_leaves_nothing_half(store: Store) -> None:
    """While messages come in from the same person: each is either gone with the rest or stored for somebody new."""
    for _ in range(5):
        ana = person()
        await receive(store, [said(ana, "uno")])
        conversation = await conversation_of(store, ana)

        async def forgets(contact: object = conversation.contact_id) -> None:
            async with store.transaction() as tx:
                await tx.forgetting.forget("school", contact, who="a test", marked=False)  # type: ignore[arg-type]

        async def writes(sender: Sender = ana) -> bool:
            try:
                await receive(store, [said(sender, "dos")])
            except Exception as problem:
                assert "at this moment" in str(problem)
                return False
            return True

        _, stored = await asyncio.gather(forgets(), writes())
        if not stored:
            assert await writes()
        async with store.transaction() as tx:
            known = await tx.persons.find("school", ana.wa_id or "")
            back = await tx.persons.of("school", known) if known else None
            log = [m for one in back.conversations for m in await tx.messages.of_conversation(one)] if back else []
        assert [message.content["text"] for message in log] in ([], ["dos"])


def test_marks_tell_nothing_without_the_key() -> None:
    mark = mark_of(b"k", "school", "wa_id", "5491155501234")
    assert mark == mark_of(b"k", "school", "wa_id", "541155501234")
    others = [(b"other", "school", "wa_id"), (b"k", "academy", "wa_id"), (b"k", "school", "user_id")]
    assert mark not in {mark_of(*other, "5491155501234") for other in others}
    assert "5550" not in mark and base64.b64encode(b"5491155501234").decode() not in mark
