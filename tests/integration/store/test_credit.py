"""Accounts and their ledger on a real PostgreSQL: what is reserved, settled, given back, granted, and gone."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from statistics import median
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from remanso.store import Store
from remanso.store.turns import Turn
from tests.support.clock import forget_everything, let_pass
from tests.support.credit import (
    CLIENT,
    a_turn,
    account,
    allowance,
    assert_books_agree,
    grant,
    kinds,
    reserve,
    tried_again,
    usd,
)

HOUR = timedelta(hours=1)
AGENT_SLOTS = 16


@pytest.fixture(autouse=True)
async def empty(store: Store) -> None:
    await forget_everything(store)


async def settle(store: Store, turn: Turn, cost: str | None) -> None:
    async with store.transaction() as tx:
        await tx.credit.settle(turn, None if cost is None else Decimal(cost))


async def release(store: Store, turn: Turn) -> bool:
    async with store.transaction() as tx:
        return await tx.credit.release(turn, "test")


async def test_what_is_settled_leaves_the_balance_and_the_rest_is_free_again(store: Store) -> None:
    await grant(store, 1)
    turn = a_turn()
    assert await reserve(store, turn, "0.4") is None
    assert (await account(store)).available == Decimal("0.6")
    await settle(store, turn, "0.125")
    found = await account(store)
    assert (found.balance, found.reserved, found.available) == usd("0.875", 0, "0.875")
    assert await kinds(store, found.id) == [("grant", 1), ("reserve", Decimal("0.4")), ("settle", Decimal("0.125"))]
    await assert_books_agree(store)


async def test_a_turn_has_one_reserve_for_the_model_and_one_for_each_sound(store: Store) -> None:
    await grant(store, 1)
    turn, sounds = a_turn(), [uuid4(), uuid4()]
    for message_id in (*sounds, None):
        async with store.transaction() as tx:
            refusal = await tx.credit.reserve(turn, 0, Decimal("0.2"), [allowance()], hearing=message_id)
        assert refusal is None
    assert (await account(store)).reserved == Decimal("0.6")
    async with store.transaction() as tx:
        await tx.credit.settle(turn, Decimal("0.05"), hearing=sounds[0])
        assert await tx.credit.release(turn, "not heard", hearing=sounds[1])
    found = await account(store)
    assert (found.balance, found.reserved) == usd("0.95", "0.2"), "the model's is open still"
    later = tried_again(turn)
    async with store.transaction() as tx:
        await tx.credit.reserve(later, 0, Decimal("0.2"), [allowance()], hearing=sounds[1])
    assert (await account(store)).reserved == Decimal("0.2"), "what the earlier attempt held for the model is back"
    await assert_books_agree(store)
    async with store.transaction() as tx:
        assert await tx.credit.release_all(later, "over")
    assert (await account(store)).reserved == 0
    await assert_books_agree(store)


async def test_contact_and_client_both_pay_or_neither(store: Store) -> None:
    contact = uuid4()
    await grant(store, 1, contact_id=contact)
    await grant(store, "0.3")
    both = allowance(contact), allowance()
    assert await reserve(store, a_turn(), "0.2", *both) is None
    refusal = await reserve(store, a_turn(), "0.2", *both)
    assert refusal
    assert refusal.account == both[1].account
    assert not refusal.spent, "the rest is only reserved"
    assert (await account(store, contact)).reserved == Decimal("0.2")
    await assert_books_agree(store)


async def test_a_refusal_tells_whether_waiting_helps_and_names_the_exhaustion_until_the_next_grant(
    store: Store,
) -> None:
    never = await reserve(store, a_turn(), "0.1")
    await grant(store, "0.15")
    turn = a_turn()
    await reserve(store, turn, "0.1")
    busy = await reserve(store, a_turn(), "0.1")
    await settle(store, turn, "0.1")
    spent = [await reserve(store, a_turn(), "0.1") for _ in range(2)]
    await grant(store, "0.01")
    topped_up = await reserve(store, a_turn(), "0.1")
    refusals = [never, busy, *spent, topped_up]
    assert [refusal.spent for refusal in refusals if refusal] == [True, False, True, True, True]
    assert len({refusal.exhaustion for refusal in refusals if refusal}) == 3


async def test_an_exact_amount_can_be_spent_to_the_last_digit(store: Store) -> None:
    await grant(store, "0.00000002")
    for _ in range(2):
        turn = a_turn()
        assert await reserve(store, turn, "0.00000001") is None
        await settle(store, turn, "0.00000001")
    refusal = await reserve(store, a_turn(), "0.00000001")
    assert refusal
    assert refusal.spent


async def test_more_than_the_reserve_is_taken_from_nobody_and_written_down(store: Store) -> None:
    await grant(store, 1)
    turn = a_turn()
    await reserve(store, turn, "0.1")
    await settle(store, turn, "0.25")
    found = await account(store)
    assert found.balance == Decimal("0.9")
    assert (await kinds(store, found.id))[-2:] == [("settle", Decimal("0.1")), ("excess", Decimal("0.15"))]
    await assert_books_agree(store)


async def test_an_unknown_cost_takes_the_whole_reserve(store: Store) -> None:
    await grant(store, 1)
    turn = a_turn()
    await reserve(store, turn, "0.1")
    await settle(store, turn, None)
    assert (await account(store)).balance == Decimal("0.9")


async def test_closing_twice_moves_nothing(store: Store) -> None:
    await grant(store, 1)
    turn = a_turn()
    await reserve(store, turn, "0.1")
    await settle(store, turn, "0.05")
    await settle(store, turn, "0.05")
    assert not await release(store, turn)
    assert (await account(store)).balance == Decimal("0.95")


async def test_the_next_attempt_gives_back_what_a_dead_one_reserved_and_a_zombie_closes_nothing(store: Store) -> None:
    await grant(store, 1)
    dead = a_turn()
    alive = tried_again(dead)
    await reserve(store, dead, "0.9")
    assert await reserve(store, alive, "0.8") is None
    await settle(store, dead, "0.9")
    assert not await release(store, dead)
    found = await account(store)
    assert (found.balance, found.reserved) == usd(1, "0.8")
    await settle(store, alive, "0.1")
    await assert_books_agree(store)


async def test_what_is_reserved_for_a_turn_that_is_no_more_is_swept(store: Store) -> None:
    await grant(store, 1)
    await reserve(store, a_turn(), "0.9")
    async with store.transaction() as tx:
        assert await tx.credit.release_abandoned()
        assert not await tx.credit.release_abandoned()
    assert (await account(store)).available == 1
    await assert_books_agree(store)


async def test_a_period_is_granted_once_whoever_comes_first_and_how_many(store: Store) -> None:
    contact = uuid4()
    monthly = allowance(contact, 1)
    await asyncio.gather(*(reserve(store, a_turn(), "0.01", monthly) for _ in range(8)))
    found = await account(store, contact)
    assert (found.balance, found.reserved) == usd(1, "0.08")
    assert Counter(kind for kind, _ in await kinds(store, found.id)) == {"grant": 1, "reserve": 8}


async def test_the_next_period_replaces_what_was_left_and_keeps_what_was_topped_up(store: Store) -> None:
    contact = uuid4()
    monthly = allowance(contact, 1)
    await reserve(store, a_turn(), "0.2", monthly)
    await grant(store, 5, contact_id=contact)
    async with store.transaction() as tx:  # as if that had been last month
        await tx.connection.execute(text("UPDATE credit_entries SET period = '2000-01' WHERE period IS NOT NULL"))
        await tx.connection.execute(text("UPDATE credit_accounts SET period = '2000-01'"))
    await let_pass(store, timedelta(days=32))
    assert (await account(store, contact)).available == Decimal("4.8"), "expired without anybody writing"
    await reserve(store, a_turn(), "0.1", monthly)
    found = await account(store, contact)
    assert (found.balance, found.available) == usd(6, "5.7"), "5 topped up, 1 of this month, 0.3 reserved"
    await assert_books_agree(store)


async def test_an_expired_grant_pays_for_what_was_reserved_before_and_nothing_else(store: Store) -> None:
    turn = a_turn()
    await grant(store, 1, lasts=HOUR)
    await reserve(store, turn, "0.3")
    await let_pass(store, 2 * HOUR)
    assert (await account(store)).available == 0
    assert await reserve(store, a_turn(), "0.1")
    await settle(store, turn, "0.2")
    refusal = await reserve(store, a_turn(), "0.1")
    assert refusal
    assert refusal.spent
    found = await account(store)
    assert await kinds(store, found.id) == [
        ("grant", 1),
        ("reserve", Decimal("0.3")),
        ("expire", Decimal("0.7")),
        ("settle", Decimal("0.2")),
        ("expire", Decimal("0.1")),
    ]
    await assert_books_agree(store)


async def test_what_expires_first_is_spent_first(store: Store) -> None:
    await grant(store, 1)
    await grant(store, 1, lasts=HOUR)
    turn = a_turn()
    await reserve(store, turn, "0.4")
    await settle(store, turn, "0.4")
    await let_pass(store, 2 * HOUR)
    assert (await account(store)).available == 1


@pytest.mark.parametrize("sql", [
    "UPDATE credit_accounts SET balance = reserved - 0.01",
    "UPDATE credit_accounts SET reserved = -1",
    "UPDATE credit_grants SET remaining = -1",
    """INSERT INTO credit_entries (id, account_id, kind, amount, turn_id, step, attempt, who)
       SELECT gen_random_uuid(), account_id, 'release', amount, turn_id, step, attempt, who
       FROM credit_entries WHERE kind = 'settle'""",
    """INSERT INTO credit_entries (id, account_id, kind, amount, turn_id, step, attempt, who)
       SELECT gen_random_uuid(), account_id, kind, amount, turn_id, step, attempt, who
       FROM credit_entries WHERE kind = 'reserve'""",
])  # fmt: skip
async def test_what_the_constraints_forbid(store: Store, sql: str) -> None:
    await grant(store, 1)
    turn = a_turn()
    await reserve(store, turn, "0.5")
    await settle(store, turn, "0.5")
    with pytest.raises(IntegrityError):
        async with store.transaction() as tx:
            await tx.connection.execute(text(sql))


async def test_books_that_do_not_agree_are_found(store: Store) -> None:
    await grant(store, 1)
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE credit_accounts SET balance = 2"))
    async with store.transaction() as tx:
        (found,) = await tx.books.discrepancies()
    assert (found.balance, found.balance_by_entries, found.balance_by_grants) == usd(2, 1, 1)


async def test_a_hundred_at_once_get_what_there_is_and_nobody_waits_long(store: Store) -> None:
    """Everybody of a client comes by its one account: the whole crowd, contacts of their own and a common budget."""
    await grant(store, "0.30")
    slots = asyncio.Semaphore(AGENT_SLOTS)
    times: list[float] = []

    async def one(contact: UUID) -> bool:
        async with slots:
            began = time.monotonic()
            refusal = await reserve(store, a_turn(), "0.01", allowance(contact, 1), allowance())
            times.append(time.monotonic() - began)
        return refusal is None

    began = time.monotonic()
    granted = await asyncio.gather(*(one(uuid4()) for _ in range(100)))
    print(f"100 in {time.monotonic() - began:.2f} s, half of them within {median(times) * 1000:.0f} ms,", end=" ")
    print(f"the slowest within {max(times) * 1000:.0f} ms")
    assert sum(granted) == 30
    found = await account(store, client=CLIENT)
    assert (found.balance, found.reserved, found.available) == usd("0.30", "0.30", 0)
    await assert_books_agree(store)
