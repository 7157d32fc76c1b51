"""A dialog read from its end in pages is the same dialog, whatever stands between its messages, and read in parts."""

import random
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from remanso.model.dialog import Entry, Visibility, visible
from remanso.store import Store, Transaction
from services.console.dialog.backwards import behind
from tests.support.scene import a_conversation

BEGIN = datetime(2026, 11, 1, 12, tzinfo=UTC)

_MESSAGE = """
    INSERT INTO messages (id, conversation_id, author, content, position, fate, channel, sent_at, received_at,
                          created_at)
    VALUES (:row, :id, :author, jsonb_build_object('kind', 'text', 'text', CAST(:words AS text)), :position, :fate, 'c',
            :at, :at, :at)
"""
_OTHERS = (
    """INSERT INTO notes (id, conversation_id, user_id, who, text, key, created_at)
       VALUES (:row, :id, :row, 'Ana', 'x', gen_random_uuid(), :at)""",
    """INSERT INTO conversation_events (id, conversation_id, kind, epoch, created_at)
       VALUES (:row, :id, 'taken_over', :number, :at)""",
    """INSERT INTO deliveries (id, conversation_id, position, kind, epoch, payload, state, created_at)
       VALUES (:row, :id, :number, 'notice', 0, '{"type": "text", "text": "x"}', 'sent', :at)""",
    """INSERT INTO turns (id, conversation_id, client, number, state, epoch, opened_at, closed_at, handoff_reason)
       VALUES (:row, :id, 'school', :number, 'answered', 0, :at, :at, 'why')""",
)


async def _add(tx: Transaction, sql: str, conversation_id: UUID, at: datetime, **values: Any) -> None:
    await tx.connection.execute(text(sql), {"row": uuid4(), "id": conversation_id, "at": at, **values})


async def _a_long_one(store: Store, seed: int) -> UUID:
    """Messages not stored in the order of their positions, some dropped, some waiting; notes and the like all over."""
    chance, numbers = random.Random(seed), count(1000)
    conversation_id = (await a_conversation(store)).id

    def some_time() -> datetime:
        return BEGIN + timedelta(minutes=chance.randrange(-20, 120), microseconds=next(numbers))

    async with store.transaction() as tx:
        await tx.connection.execute(text("DELETE FROM messages WHERE conversation_id = :id"), {"id": conversation_id})
        for position in range(1, 60):
            at = BEGIN + timedelta(minutes=position + chance.choice((0, 0, 0, -9, 15)))
            author, words = chance.choice((("contact", "hola"), ("bot", "buenas"), ("bot", "")))
            fate = "turn" if author == "contact" else None
            await _add(tx, _MESSAGE, conversation_id, at, author=author, words=words, position=position, fate=fate)
        for fate in ("dropped", "dropped", None, None):
            await _add(
                tx, _MESSAGE, conversation_id, some_time(), author="contact", words="eh", position=None, fate=fate
            )
        for _ in range(40):
            sql = chance.choice(_OTHERS)
            values = {"number": next(numbers)} if ":number" in sql else {}
            await _add(tx, sql, conversation_id, some_time(), **values)
    return conversation_id


@pytest.mark.parametrize("seed", range(4))
async def test_its_pages_are_the_whole_of_it(seed: int, store: Store) -> None:
    conversation_id = await _a_long_one(store, seed)
    async with store.transaction() as tx:
        whole = visible(await tx.dialogs.of_conversation(conversation_id), Visibility.TEAM)[::-1]
        assert len(whole) > 60
        for most in (1, 3, 10, 200):
            assert await _leafed(tx, conversation_id, most) == whole


async def _leafed(tx: Transaction, conversation_id: UUID, most: int) -> list[Entry]:
    read: list[Entry] = []
    while True:
        page = await behind(tx, conversation_id, Visibility.TEAM, read[-1].id if read else None, most)
        assert page is not None
        assert len(page) <= most
        if not page:
            return read
        read += page


async def test_there_is_nothing_behind_what_is_not_there(store: Store) -> None:
    conversation_id = (await a_conversation(store)).id
    async with store.transaction() as tx:
        for entry_id in (f"message-{uuid4()}", f"note-{uuid4()}", f"nothing-{uuid4()}", f"step-{uuid4()}"):
            assert await behind(tx, conversation_id, Visibility.TEAM, entry_id, 5) is None
