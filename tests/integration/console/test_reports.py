"""What Meta tells about numbers, accounts and templates is kept, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from remanso.bus import Bus, Received
from remanso.bus.topology import CONSOLE_CHANNEL_REPORTED
from remanso.events import ChannelReported, Envelope, TurnReady, derived_id, wrap
from remanso.store import Store
from services.console.health import HealthMetrics
from services.console.reports import Reports
from tests.support.waiting import eventually


def report(number: int, client: str, **details: Any) -> Envelope:
    event = ChannelReported(kind="field", field="account_update", value={"n": number}, **details)
    return wrap(event, client, event_id=derived_id("report", client, number))


async def test_repeats_in_any_order_and_process_are_one_row(store: Store) -> None:
    received = [Received(report(number, "repeats")) for number in range(30)]
    await asyncio.gather(
        *(Reports(store).handle(batch) for batch in (received, received[::-1], received[10:] + received[:10]))
    )
    async with store.transaction() as tx:
        assert {row.value["n"] for row in await tx.reports.of_client("repeats")} == set(range(30))


async def test_they_come_by_the_bus(store: Store, amqp_url: str) -> None:
    async def kept() -> bool:
        async with store.transaction() as tx:
            return len(await tx.reports.of_client("bus")) == 2

    async with (
        Bus.connect(amqp_url, "console") as bus,
        bus.consume(CONSOLE_CHANNEL_REPORTED, Reports(store).handle, prefetch=200, batch=100),
    ):
        await bus.publisher.publish(
            report(1, "bus", channel="1", account="2", detail="paused"), report(2, "bus", detail="\x00 a")
        )
        await eventually(kept)
    async with store.transaction() as tx:
        rows = await tx.reports.of_client("bus")
    assert {(row.channel, row.account, row.detail) for row in rows} >= {("1", "2", "paused")}


async def test_what_is_not_for_this_queue_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match=r"turn\.ready"):
        await Reports(store).handle([Received(wrap(TurnReady(turn_id=uuid4()), "repeats"))])


def template_report(client: str, event: str, hours: int, kind: str = "field") -> Received:
    named = {"message_template_name": "ready", "message_template_language": "es_AR", "event": event}
    told = ChannelReported(kind=kind, field="message_template_status_update", account=client, value=named)
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours)
    return Received(wrap(told, client, event_id=derived_id("report", client, event, hours), occurred_at=at))


async def test_what_meta_told_last_holds_though_older_reports_come_late_and_twice(store: Store) -> None:
    client = "late"
    paused, approved = template_report(client, "PAUSED", 1), template_report(client, "APPROVED", 2)
    test = template_report(client, "DISABLED", 9, kind="dashboard_test")
    for batch in ([approved, test], [paused, approved], [paused], [test]):
        await Reports(store).handle(batch)
    async with store.transaction() as tx:
        (found,) = await tx.health.templates_of(client)
    assert (found.status, found.account) == ("APPROVED", client)


async def test_health_is_shown_as_metrics_of_the_present(store: Store) -> None:
    client = "gauges"
    await Reports(store).handle([template_report(client, "PAUSED", 1)])
    metrics = HealthMetrics(store)
    await metrics.sweep()
    assert REGISTRY.get_sample_value("remanso_console_templates", {"client": client, "status": "PAUSED"}) == 1
    await Reports(store).handle([template_report(client, "APPROVED", 2)])
    await metrics.sweep()
    assert REGISTRY.get_sample_value("remanso_console_templates", {"client": client, "status": "PAUSED"}) is None
    assert REGISTRY.get_sample_value("remanso_console_templates", {"client": client, "status": "APPROVED"}) == 1
