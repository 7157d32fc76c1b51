"""A part goes on with the trace that its row bears, whoever takes it up and whatever its receipts know."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from remanso import tracing
from remanso.bus import Received
from remanso.channels.whatsapp.receipts import read_callback
from remanso.events import ReceiptReceived, carried, wrap
from remanso.store import Store
from tests.support.collector import Collector, collector
from tests.support.graph_receiver import GraphReceiver
from tests.support.scene import a_conversation, deliveries, queue
from tests.support.school import NAME
from tests.support.senders import Senders, receipt
from tests.support.waiting import eventually

QUEUED_IN = f"00-{'a' * 32}-{'b' * 16}-01"
RECEIPT_CAME_IN = f"00-{'c' * 32}-{'d' * 16}-01"


@pytest.fixture
async def traces(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """This process tells its spans to it."""
    async with collector() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        with tracing.exporting("sender", "sender-test", "0"):
            yield found


async def test_what_a_sweeper_finds_and_a_receipt_that_knows_a_wamid_alone_stay_in_the_rows_trace(
    store: Store, senders: Senders, graph: GraphReceiver, traces: Collector
) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    async with store.transaction() as tx:
        await tx.connection.execute(
            text("UPDATE deliveries SET traceparent = :trace, created_at = now() - interval '1 minute'"),
            {"trace": QUEUED_IN},
        )
    sender = await senders.one()
    await sender.sweep()
    (post,) = graph.posts
    (part,) = await deliveries(store, conversation.id)
    delivery_id, sent_in = read_callback(post.callback)
    assert delivery_id == str(part.id), "a receipt with our id finds it, traced or not"
    assert tracing.same_trace(sent_in, QUEUED_IN)
    told = carried(receipt("", post.wamid).envelope, ReceiptReceived)
    await sender.receipts.handle([Received(wrap(told, NAME, event_id="alone", traceparent=RECEIPT_CAME_IN))])
    await eventually(lambda: len(traces.trace("a" * 32).named("settle receipt")) == 1)
    trace = traces.trace("a" * 32)
    (sent,) = trace.named("send delivery")
    (settled,) = trace.named("settle receipt")
    assert (sent.parent_id, settled.parent_id) == ("b" * 16, "b" * 16)
    assert settled.links == ("c" * 32,)
    assert sent.attributes["remanso.outcome"] == "accepted"
    assert [span.parent_id for span in trace.named("POST")] == [sent.span_id]


async def test_a_part_of_no_trace_begins_one(
    store: Store, senders: Senders, graph: GraphReceiver, traces: Collector
) -> None:
    conversation = await a_conversation(store)
    await queue(store, conversation.id, "uno")
    sender = await senders.one()
    await sender.drain.run(conversation.id)
    (post,) = graph.posts
    assert read_callback(post.callback)[1] is not None
    await eventually(lambda: any(span.name == "send delivery" and span.parent_id is None for span in traces.spans))
