"""What was used, by turn, conversation, contact, and client: sums, and the indexes that carry them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.books import Books, Used
from remanso.store.rows import AnyResult
from remanso.store.turns import Turn
from tests.support.clock import let_pass
from tests.support.scene import USAGE, a_turn, claim

PRICED = replace(USAGE, cost_usd=Decimal("0.002"), cached_tokens=4, reasoning_tokens=1)


async def use(store: Store, turn: Turn) -> Turn:
    """One step kept, one discarded without a price; the turn is closed."""
    held = await claim(store, turn.id)
    assert held
    async with store.transaction() as tx:
        await tx.steps.add(held, PRICED, kept=True)
        await tx.steps.add(held, USAGE, kept=False, draft="no")
        await tx.turns.close(held, TurnState.ANSWERED)
    return held


async def test_sums_of_turn_conversation_and_contact(store: Store) -> None:
    first, other = await use(store, await a_turn(store)), await use(store, await a_turn(store))
    async with store.transaction() as tx:
        conversation = await tx.conversations.get(first.conversation_id)
        assert conversation
        one = Used(2, 1, 1, 20, 4, 10, 1, Decimal("0.002"))
        assert await tx.books.used_by_turn(first.id) == one
        assert await tx.books.used_by_conversation(first.conversation_id) == one
        assert await tx.books.used_by_contact(conversation.contact_id) == one
        assert await tx.books.used_by_conversation(other.conversation_id) == one
        assert (await tx.books.used_by_turn(uuid7())).cost_usd == 0


async def test_sums_of_a_client_by_day_and_model(store: Store) -> None:
    await use(store, await a_turn(store))
    await let_pass(store, timedelta(days=3))
    await use(store, await a_turn(store))
    now = datetime.now(UTC)
    async with store.transaction() as tx:
        recent = await tx.books.used_by_client("school", now - timedelta(days=1), now + timedelta(days=1), "UTC")
        all_days = await tx.books.used_by_client("school", now - timedelta(days=9), now + timedelta(days=1), "UTC")
        others = await tx.books.used_by_client("shop", now - timedelta(days=9), now + timedelta(days=1), "UTC")
    assert [(used.model, used.steps, used.cost_usd) for used in recent] == [("gpt-6-luna", 2, Decimal("0.002"))]
    assert len(all_days) == 2
    assert all_days[-1] == recent[0]
    assert others == []


class Explained(Books):
    """Books that keep the plans of what they ask."""

    plan = ""

    async def _run(self, sql: str, **values: Any) -> AnyResult:
        self.plan = "\n".join((await super()._run(f"EXPLAIN {sql}", **values)).scalars())
        return await super()._run(sql, **values)


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (lambda books: books.used_by_turn(uuid7()), ["uq_steps_turn_id_number", "ix_summaries_turn_id"]),
        (
            lambda books: books.used_by_conversation(uuid7()),
            ["uq_steps_turn_id_number", "uq_turns_conversation_id_number"],
        ),
        (
            lambda books: books.used_by_contact(uuid7()),
            ["uq_steps_turn_id_number", "uq_turns_conversation_id_number", "ix_conversations_contact_id"],
        ),
        (
            lambda books: books.used_by_client("school", NOW - timedelta(days=1), NOW, "UTC"),
            ["ix_steps_created_at", "ix_summaries_made_at"],
        ),
        (lambda books: books.entries(uuid7()), ["ix_credit_entries_account_id_at"]),
    ],
)
async def test_sums_find_their_rows_by_index(
    store: Store, ask: Callable[[Books], Awaitable[object]], indexes: list[str]
) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        books = Explained(tx.connection)
        await ask(books)
    assert "Seq Scan" not in books.plan
    assert [index for index in indexes if index not in books.plan] == [], books.plan
