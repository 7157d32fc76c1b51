"""What the console wrote for itself goes when nobody looks back to it, in batches, and nothing that still counts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from remanso.model.tokens import hashed, new_token
from remanso.store import Store
from remanso.store.conversations import Conversation
from remanso.store.scoped import Scope
from services.console import forgetting
from services.console.api.once import KEPT as REQUESTS_KEPT
from services.console.forgetting import (
    FAILURES_KEPT,
    LETTERS_KEPT,
    LINKS_KEPT,
    NOTIFICATIONS_KEPT,
    Forgetting,
)
from tests.support.api import a_key
from tests.support.clock import forget_everything, let_pass
from tests.support.console import a_user
from tests.support.scene import a_conversation

TABLES = ("login_failures", "api_requests", "webhook_notifications", "console_sessions", "account_links", "letters")
A_MOMENT = timedelta(seconds=5)


@pytest.fixture(autouse=True)
async def nothing_from_before(store: Store) -> None:
    await forget_everything(store)


async def counted(store: Store) -> dict[str, int]:
    async with store.transaction() as tx:
        found = {each: await tx.connection.scalar(text(f"SELECT count(*) FROM {each}")) for each in TABLES}  # noqa: S608
    return {table: count for table, count in found.items() if count}


async def test_each_kind_goes_when_its_time_is_over(store: Store) -> None:
    user = await a_user(store, school="admin")
    _, key_id = await a_key(store)
    async with store.transaction() as tx:
        await tx.throttle.note(["somebody"])
        await tx.api_requests.begin(key_id, "once", "x")
        await tx.sessions.begin(user.id, hashed(new_token()), "open", "a test", timedelta(days=14))
        await tx.links.reset(hashed(new_token()), user.id, user.email, made_by="Ana", lasts=timedelta(hours=1))
        await tx.letters.ask_for("forgotten", user.email, language="es", span=timedelta(minutes=15))
        letter = await tx.letters.claim(timedelta(minutes=1))
        assert letter
        await tx.letters.settle(letter, "sent")
        endpoints, endpoint_id = tx.within(Scope(None)).endpoints, uuid4()
        await endpoints.add("school", endpoint_id, "https://example.org/", ["message.sent"], secret="x", made_by="Ana")
        assert await endpoints.ping("school", endpoint_id)
    ends = {
        "login_failures": FAILURES_KEPT,
        "api_requests": REQUESTS_KEPT,
        "console_sessions": timedelta(days=14),
        "webhook_notifications": NOTIFICATIONS_KEPT,
        "letters": LETTERS_KEPT,
        "account_links": LINKS_KEPT + timedelta(hours=1),
    }
    now, passed = set(TABLES), timedelta()
    for end in sorted(set(ends.values())):
        await let_pass(store, end - A_MOMENT * 2 - passed)
        await Forgetting(store).sweep()
        assert set(await counted(store)) == now, "a moment too early"
        await let_pass(store, A_MOMENT * 2)
        passed = end
        now -= {table for table, time in ends.items() if time == end}
        await Forgetting(store).sweep()
        assert set(await counted(store)) == now
    assert now == set()


async def test_a_handoff_that_waits_is_not_told_anew_however_long_it_waits(store: Store) -> None:
    await a_user(store, school="member")
    waits, over = [await _handed_off(store) for _ in range(2)]
    async with store.transaction() as tx:
        assert await tx.letters.note_handoffs() == 2
        await tx.connection.execute(text("UPDATE letters SET state = 'sent', settled_at = now()"))
    await let_pass(store, LETTERS_KEPT * 2)
    async with store.transaction() as tx:
        await tx.within(Scope(None)).holding.hand_back(over.id, "Ana")
    await Forgetting(store).sweep()
    async with store.transaction() as tx:
        left = await tx.connection.execute(text("SELECT subject FROM letters"))
        assert list(left.scalars()) == [f"{waits.id}:{waits.epoch}"]
        await tx.connection.execute(text("UPDATE conversations SET human_until = now() + interval '1 hour'"))
        assert await tx.letters.note_handoffs() == 0


async def test_more_than_a_batch_goes_in_one_sweep(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    async with store.transaction() as tx:
        await tx.throttle.note([str(number) for number in range(7)])
    await let_pass(store, FAILURES_KEPT)
    await Forgetting(store).sweep()
    assert await counted(store) == {}


async def _handed_off(store: Store) -> Conversation:
    conversation = await a_conversation(store)
    async with store.transaction() as tx:
        await tx.takeovers.hand_off(conversation.id, "pide una persona", timedelta(hours=48))
    return conversation
