"""What waits, as every console tells it."""

from uuid import uuid4

from prometheus_client import REGISTRY
from sqlalchemy import text

from remanso.store import Store
from services.console.waiting import WaitingMetrics

ROWS = (
    "INSERT INTO contacts (id, client) VALUES (:contact, :client)",
    "INSERT INTO conversations (id, client, channel, contact_id, due_at, burst_opened_at)"
    " VALUES (:conversation, :client, 'c', :contact, now() - interval '40 seconds', now() - interval '45 seconds')",
    "INSERT INTO deliveries (id, conversation_id, position, kind, epoch, payload, state, created_at)"
    " VALUES (gen_random_uuid(), :conversation, 1, 'answer', 0, '{}', 'held', now() - interval '2 hours')",
)
TURN = (
    "INSERT INTO turns (id, conversation_id, client, number, epoch, opened_at, sealed_at)"
    " VALUES (gen_random_uuid(), :conversation, :client, 1, 0, now(), now() - interval '90 seconds')"
)


def told(name: str, client: str, stage: str) -> float | None:
    return REGISTRY.get_sample_value(f"remanso_console_{name}", {"client": client, "stage": stage})


async def test_rows_that_wait_are_told_with_their_age_and_stay_at_zero_when_they_are_gone(store: Store) -> None:
    client, ids = f"c{uuid4().hex[:8]}", {"contact": uuid4(), "conversation": uuid4()}
    metrics = WaitingMetrics(store)
    async with store.transaction() as tx:
        for sql in ROWS:
            await tx.connection.execute(text(sql), {**ids, "client": client})
    await metrics.sweep()
    assert told("waiting", client, "burst_due") == told("waiting", client, "delivery_held") == 1
    assert 40 <= (told("waiting_oldest_seconds", client, "burst_due") or 0) < 100
    assert (told("waiting_oldest_seconds", client, "delivery_held") or 0) >= 7200

    async with store.transaction() as tx:
        await tx.connection.execute(text(TURN), {**ids, "client": client})
    await metrics.sweep()
    assert told("waiting", client, "turn_free") == 1
    assert told("waiting", client, "burst_due") == 0, "a burst behind an open turn is not late"

    async with store.transaction() as tx:
        await tx.connection.execute(text("DELETE FROM conversations WHERE id = :conversation"), ids)
    await metrics.sweep()
    assert told("waiting", client, "turn_free") == told("waiting_oldest_seconds", client, "turn_free") == 0


async def test_a_look_that_takes_too_long_is_ended_by_the_server(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.waiting.now()
        limit = (await tx.connection.execute(text("SHOW statement_timeout"))).scalar_one()
    assert limit == "2s"
    async with store.transaction() as tx:
        assert (await tx.connection.execute(text("SHOW statement_timeout"))).scalar_one() == "15s"
