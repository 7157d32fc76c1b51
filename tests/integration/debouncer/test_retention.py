"""What was kept long enough goes, in batches, and nothing that is still under way or younger does."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from remanso.store import Store
from remanso.store.persons import Person
from services.debouncer import retention
from services.debouncer.retention import RetentionSweep
from tests.support.scene import a_turn, answer, queue
from tests.support.school import config, registry
from tests.support.whole_person import a_whole_person

KEEP = {"messages_days": 30, "traces_days": 20, "receipts_days": 10, "reports_days": 10, "audit_days": 40}
TIMES = {
    "messages": "created_at",
    "deliveries": "created_at",
    "receipts": "created_at",
    "turns": "closed_at",
    "steps": "created_at",
    "summaries": "created_at",
    "feedback": "asked_at",
    "notes": "created_at",
    "channel_reports": "received_at",
    "attachments": "created_at",
    "conversation_events": "created_at",
    "holds": "created_at",
    "credit_notices": "created_at",
    "parkings": "ended_at",
    "audit": "at",
    "inbox": "last_at",
    "conversations": "last_inbound_at",
}
"""By which column each row's age is told."""


@pytest.fixture(autouse=True)
async def nothing_from_before(store: Store) -> None:
    async with store.transaction() as tx:
        tables = "contacts, audit, channel_reports, receipts, credit_accounts, chores"
        await tx.connection.execute(text(f"TRUNCATE {tables} CASCADE"))


async def sweep(store: Store, **keep: Any) -> None:
    business = config(retention=keep)
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE chores SET due_at = now()"))
    await RetentionSweep(store, registry(business)).sweep()


async def grow_old(store: Store, days: int) -> None:
    """Everything there is happened so many days earlier."""
    async with store.transaction() as tx:
        for table, column in TIMES.items():
            await tx.connection.execute(
                text(f"UPDATE {table} SET {column} = {column} - CAST(:age AS interval)"),  # noqa: S608
                {"age": timedelta(days=days)},
            )


async def held(store: Store, person: Person) -> Mapping[str, int]:
    async with store.transaction() as tx:
        return {table: len(rows) for table, rows in (await tx.exports.rows(person)).items()}


async def test_each_kind_goes_at_its_own_age_and_the_books_stay(store: Store) -> None:
    whole = await a_whole_person(store)
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE deliveries SET state = 'delivered'"))
        await tx.connection.execute(text("UPDATE turns SET state = 'answered', closed_at = coalesce(closed_at, now())"))
        await tx.connection.execute(text("UPDATE conversations SET due_at = NULL, epoch = epoch + 1"))
        await tx.connection.execute(text("UPDATE parkings SET ended_at = now()"))
    before = await held(store, whole.person)
    await sweep(store, **KEEP)
    assert await held(store, whole.person) == before, "nothing is old yet"
    await grow_old(store, 15)
    await sweep(store, **KEEP)
    now = await held(store, whole.person)
    young = {"receipts", "channel_reports", "parkings", "credit_notices"}
    assert {table for table in before if before[table] != now.get(table)} == young
    await grow_old(store, 10)
    await sweep(store, **KEEP)
    assert "tool_calls" not in await held(store, whole.person)
    await grow_old(store, 10)
    await sweep(store, **KEEP)
    now = await held(store, whole.person)
    gone = {"messages", "message_words", "human_messages", "deliveries", "feedback", "notes", "inbox", "attachments"}
    gone |= {"conversation_events", "holds"}
    assert not gone & set(now)
    books = {"turns", "steps", "summaries", "media", "credit_entries", "contacts", "conversations"}
    assert {table: now[table] for table in books} == {table: before[table] for table in books}
    assert now["audit"] == 2, "of the four deeds those about messages cannot be told to be theirs any more"
    await grow_old(store, 10)
    await sweep(store, **KEEP)
    assert "audit" not in await held(store, whole.person)


async def test_what_is_under_way_is_never_too_old(store: Store) -> None:
    turn = await a_turn(store, "¿hay alguien?")
    closed = await a_turn(store, "gracias")
    await answer(store, closed.id)
    await queue(store, closed.conversation_id, "de nada", turn_id=closed.id)
    async with store.transaction() as tx:
        await tx.connection.execute(
            text(
                "UPDATE deliveries SET message_id = (SELECT id FROM messages WHERE conversation_id = :id LIMIT 1),"
                " state = 'held'"
            ),
            {"id": closed.conversation_id},
        )
    await grow_old(store, 400)
    await sweep(store, messages_days=30, silent_days=30)
    async with store.transaction() as tx:
        assert len(await tx.messages.of_conversation(turn.conversation_id)) == 1
        assert len(await tx.messages.of_conversation(closed.conversation_id)) == 1
        assert len(await tx.deliveries.of_conversation(closed.conversation_id)) == 1


async def test_silent_contacts_are_forgotten_but_not_marked(store: Store) -> None:
    silent, lively = await a_turn(store), await a_turn(store)
    for turn in (silent, lively):
        await answer(store, turn.id)
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE conversations SET due_at = NULL"))
        await tx.connection.execute(text("UPDATE contacts SET created_at = now() - interval '1 year'"))
        for statement in (
            "UPDATE conversations SET last_inbound_at = now() - interval '50 days' WHERE id = :id",
            "UPDATE inbox SET last_at = now() - interval '50 days' WHERE conversation_id = :id",
        ):
            await tx.connection.execute(text(statement), {"id": silent.conversation_id})
    await sweep(store, silent_days=40)
    async with store.transaction() as tx:
        assert await tx.conversations.get(silent.conversation_id) is None
        assert await tx.conversations.get(lively.conversation_id)
        assert await tx.forgetting.marks() == []
    await sweep(store, silent_days=40)


async def test_more_than_a_batch_goes_in_one_run_by_one_process(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    async with store.transaction() as tx:
        for _ in range(7):
            await tx.audit.note("Ana", "item.saved", client="school")
    await grow_old(store, 100)
    await sweep(store, audit_days=50)
    async with store.transaction() as tx:
        assert await tx.connection.scalar(text("SELECT count(*) FROM audit")) == 0
        assert await tx.chores.claim("retention:school", timedelta(seconds=1)) is None, "done for today"


async def test_a_file_stays_as_long_as_a_message_that_names_it_and_who_has_the_word_now_is_known(store: Store) -> None:
    turn = await a_turn(store)
    await answer(store, turn.id)
    async with store.transaction() as tx:
        for statement in (
            "INSERT INTO attachments SELECT gen_random_uuid(), :id, 'a.txt', 'text/plain', 1, 'x', 'x'::bytea, now()",
            "UPDATE messages SET content = content || jsonb_build_object('attachment', (SELECT id FROM attachments))",
            "INSERT INTO holds VALUES (:id, 0, gen_random_uuid(), 'Ana')",
        ):
            given = {"id": turn.conversation_id} if ":id" in statement else {}
            await tx.connection.execute(text(statement), given)
    await grow_old(store, 100)
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE messages SET created_at = now()"))
    await a_turn(store)
    await sweep(store, messages_days=30)
    assert await counted(store, "attachments", "holds", "messages") == [1, 1, 4]
    await grow_old(store, 100)
    await sweep(store, messages_days=30)
    assert (await counted(store, "attachments", "holds"))[1] == 1, "of the present epoch"


async def test_nobody_is_told_again_of_credit_that_is_spent_still(store: Store) -> None:
    turn = await a_turn(store)
    async with store.transaction() as tx:
        account = "INSERT INTO credit_accounts (id, client, last_grant) VALUES (gen_random_uuid(), 'school', :id)"
        await tx.connection.execute(text(account), {"id": turn.id})
        assert await tx.credit.tell(turn.conversation_id, turn.id)
        assert await tx.credit.tell(turn.conversation_id, turn.conversation_id)
    await grow_old(store, 100)
    await sweep(store)
    async with store.transaction() as tx:
        left = await tx.connection.execute(text("SELECT exhaustion FROM credit_notices"))
        assert list(left.scalars()) == [turn.id]


async def test_what_is_of_no_client_and_what_meta_keeps_no_more_goes_too(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(text("TRUNCATE uploads"))
        await tx.audit.note("Ana", "login.password")
        await tx.audit.note("Ana", "item.saved", client="somebody else")
        for digest in ("old", "new"):
            await tx.uploads.remember(config().channels[0].phone_number_id, digest, "image/png", digest)
        await tx.connection.execute(text("UPDATE uploads SET expires_at = now() WHERE sha256 = 'old'"))
    await grow_old(store, 729)
    await sweep(store)
    assert await counted(store, "audit", "uploads") == [2, 1]
    await grow_old(store, 2)
    await sweep(store)
    async with store.transaction() as tx:
        left = await tx.connection.execute(text("SELECT client FROM audit"))
        assert list(left.scalars()) == ["somebody else"]


async def counted(store: Store, *tables: str) -> list[int]:
    async with store.transaction() as tx:
        return [int(await tx.connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0) for table in tables]  # noqa: S608
