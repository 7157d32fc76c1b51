"""The pages of credit and of quality: a form grants once, amounts are checked, and failures lead to their dialog."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from remanso.store import Store
from remanso.store.scoped import Scope
from tests.support.console import SCHOOL, Belongings, Browser, Visitors, a_user, belongings

CREDIT = f"/clients/{SCHOOL}/credit"


@pytest.fixture
async def mine(store: Store) -> Belongings:
    return await belongings(store, SCHOOL, await a_user(store, school="admin"))


@pytest.fixture
async def browser(store: Store, visitors: Visitors) -> Browser:
    return await visitors.as_user(await a_user(store, school="admin"))


async def held(store: Store, client: str) -> Decimal:
    async with store.transaction() as tx:
        account = await tx.books.account(client)
    return account.available if account else Decimal(0)


async def test_a_form_sent_twice_grants_once(store: Store, browser: Browser) -> None:
    before = await held(store, SCHOOL)
    for _ in range(2):
        answer = await browser.post(f"{CREDIT}/grants", dollars="2,50", note="pago de mayo", key="one")
        assert answer.status_code == 303
    assert await held(store, SCHOOL) - before == Decimal("2.50")
    async with store.transaction() as tx:
        assert await tx.books.discrepancies() == []
        (deed, *others) = (
            await tx.connection.execute(text("SELECT action FROM audit WHERE action = 'credit.granted'"))
        ).scalars()
        assert deed
        assert others == []
    assert "pago de mayo" in (await browser.get(CREDIT)).text


@pytest.mark.parametrize("dollars", ["0", "-1", "NaN", "Infinity", "1e9", "0.001", "", "uno"])
async def test_what_is_no_amount_grants_nothing(store: Store, browser: Browser, dollars: str) -> None:
    before = await held(store, SCHOOL)
    assert (await browser.post(f"{CREDIT}/grants", dollars=dollars, key="one")).status_code == 422
    assert await held(store, SCHOOL) == before


async def test_use_is_counted_and_exported_without_formulas(store: Store, browser: Browser, mine: Belongings) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE contacts SET name = '=1+1' WHERE id = :id"), {"id": mine.contact_id})
        await tx.connection.execute(
            text("""INSERT INTO steps (id, turn_id, number, attempt, outcome, model, input_tokens, cached_tokens,
                cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, seconds)
                SELECT gen_random_uuid(), id, 99, 1, 'final', 'a-model', 100, 0, 0, 20, 0, 0.25, 1 FROM turns
                WHERE conversation_id = :id"""),
            {"id": mine.conversation_id},
        )
    assert "a-model" in (await browser.get(CREDIT)).text
    lines = (await browser.get(f"{CREDIT}/usage.csv", params={"days": "7"})).text.splitlines()
    (line,) = [line for line in lines if str(mine.contact_id) in line]
    assert ",'=1+1,1,0,100,20,0.25" in line


async def test_whichever_way_calls_are_added_up_it_is_the_same(store: Store, mine: Belongings) -> None:
    add = text("""INSERT INTO steps (id, turn_id, number, attempt, outcome, model, input_tokens, cached_tokens,
        cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, seconds, created_at)
        SELECT gen_random_uuid(), id, 200 + n, 1, 'final', 'model-' || n % 3, 10 * n, 0, 0, n, 0,
            CASE WHEN n % 4 > 0 THEN 0.01 * n END, 1, now() - n * interval '9 hours'
        FROM turns CROSS JOIN generate_series(1, 12) n WHERE conversation_id = :id""")
    async with store.transaction() as tx:
        await tx.connection.execute(add, {"id": mine.conversation_id})
        spending = tx.within(Scope(frozenset({SCHOOL}))).spending
        calls = await spending.calls(SCHOOL, timedelta(days=7), "UTC")
        sums = await spending.sums(SCHOOL, timedelta(days=7), "UTC", 31)
    whole = (
        sum(each.calls for each in calls),
        sum(each.unpriced for each in calls),
        sum(each.input_tokens + each.output_tokens for each in calls),
        sum(each.cost_usd for each in calls),
    )
    for by in ("day", "model", "contact", "all"):
        found = [each for each in sums if each.by == by]
        assert whole == (
            sum(each.calls for each in found),
            sum(each.unpriced for each in found),
            sum(each.tokens for each in found),
            sum(each.cost_usd for each in found),
        ), by
    days = [each.label for each in sums if each.by == "day"]
    assert days == sorted({each.day.isoformat() for each in calls})
    dearest = [each.cost_usd for each in sums if each.by == "model"]
    assert dearest == sorted(dearest, reverse=True)


async def test_a_failed_turn_leads_to_its_dialog(store: Store, browser: Browser, mine: Belongings) -> None:
    page = f"/clients/{SCHOOL}/quality?kind=unanswered&days=1"
    link = f'href="/conversations/{mine.conversation_id}"'
    assert link not in (await browser.get(page)).text
    failed = text("UPDATE turns SET state = 'failed', closed_at = :at WHERE conversation_id = :id")
    for ago, listed in [(0, True), (3, False)]:
        at = datetime.now(UTC) - timedelta(days=ago)
        async with store.transaction() as tx:
            await tx.connection.execute(failed, {"id": mine.conversation_id, "at": at})
        assert (link in (await browser.get(page)).text) == listed
