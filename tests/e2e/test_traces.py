"""One trace from a contact's first message to the last receipt of the answer, as a collector sees it."""

import pytest

from tests.support.collector import Collector, Manner, Seen, Trace
from tests.support.play import SHOP, Dialog, Play
from tests.support.waiting import eventually
from tests.support.whole_logs import WholeLogs

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

WAY = {
    ("ingress: POST /webhooks/whatsapp", "ingress: send message.received"),
    ("ingress: send message.received", "debouncer: process debouncer.message-received"),
    ("debouncer: process debouncer.message-received", "debouncer: collect burst"),
    ("debouncer: collect burst", "debouncer: send turn.ready"),
    ("debouncer: send turn.ready", "agent: process agent.turn-ready"),
    ("debouncer: collect burst", "agent: turn"),
    ("agent: turn", "agent: chat gpt-6-luna"),
    ("agent: turn", "agent: store step"),
    ("agent: turn", "agent: execute_tool count_seats"),
    ("agent: turn", "agent: work on turn"),
    ("agent: store step", "agent: send delivery.ready"),
    ("agent: send delivery.ready", "sender: process sender.delivery-ready"),
    ("debouncer: collect burst", "sender: send delivery"),
    ("sender: send delivery", "ingress: POST /webhooks/whatsapp"),
    ("ingress: POST /webhooks/whatsapp", "ingress: send receipt.received"),
    ("ingress: send receipt.received", "sender: process sender.receipt-received"),
    ("sender: process sender.receipt-received", "sender: settle receipt"),
}
"""(whose part, what). The POSTs to Graph stand beside: of the sending, and of showing that somebody writes."""
READ = 3
"""Receipts of a part that was read: sent, delivered, read."""


async def test_a_burst_is_one_trace_from_the_webhook_to_the_last_receipt(
    play: Play, traces: Collector, logs: WholeLogs
) -> None:
    contact = "5491180000041"
    await play.script(
        {
            "text": "Miro las listas…",
            "tool_calls": [{"name": "count_seats", "arguments": {"workshop": "telar"}}],
            "when": {"user_contains": "de telar"},
        },
        {"text": "En telar quedan 7 lugares.", "when": {"user_contains": "de telar"}},
    )
    await play.send(contact, "Contame de telar", "¿quedan lugares todavía?", channel=SHOP)
    dialog = await play.until_answered(contact, "shop")
    trace = await _whole(traces, dialog, parts=2)
    assert trace.edges("POST") | {edge for edge in trace.edges() if "webhooks" in edge[1]} == WAY
    assert [(root.service, root.kind) for root in trace.roots()] == [("ingress", "server")]
    assert ("sender: send delivery", "sender: POST") in trace.edges()
    _the_others_are_linked(traces, dialog, trace)
    _the_model_is_told_of(trace.named("chat gpt-6-luna"))
    _log_lines_lead_to_it(logs, dialog, trace)


async def test_a_turn_whose_agent_was_killed_stays_one_trace(play: Play, traces: Collector) -> None:
    contact, workshop = "5491180000042", "slow macramé"
    await play.script(
        {
            "text": "Te anoto en macramé…",
            "tool_calls": [{"name": "book_seat", "arguments": {"workshop": workshop}}],
            "when": {"user_contains": "anotame en macramé"},
        },
        {"text": "Eso lo termina una persona.", "when": {"user_contains": "anotame en macramé"}},
    )
    told = _takings(traces)
    await play.send(contact, "Hola, anotame en macramé", channel=SHOP)
    await eventually(lambda: any(workshop in line for line in play.ledger_lines()), within=40)
    await eventually(lambda: _takings(traces) > told)  # what was not told yet would die with the agent
    for index in range(len(play.stack.processes["agent"])):
        play.stack.kill("agent", index)
    dialog = await play.until_answered(contact, "shop", within=90)
    parts = len([delivery for delivery in dialog.deliveries if delivery.kind == "answer"])
    trace = await _whole(traces, dialog, parts=parts, announced_by_the_dead=True)
    attempts = [span.attributes["remanso.attempt"] for span in trace.named("turn")]
    assert attempts == sorted(attempts)
    assert len(attempts) >= 2
    (worked,) = trace.named("work on turn")
    assert worked.attributes["remanso.attempt"] == attempts[-1]
    assert trace.named("execute_tool book_seat") == [], "it died with the agent, and was not run again"


async def test_a_collector_that_hangs_or_is_gone_holds_nobody_up(play: Play, traces: Collector) -> None:
    contact = "5491180000043"
    manners: tuple[Manner, ...] = ("hangs", "refuses")
    for turns, manner in enumerate(manners, 1):
        with traces.being(manner):
            await play.send(contact, "¡Hola!")
            await eventually(lambda: traces.turned_away > 0, within=20)
            await play.until_answered(contact, turns=turns, within=30)
    assert await play.dead_letters() == 0


def _takings(traces: Collector) -> int:
    return len([span for span in traces.spans if span.name == "turn"])


async def _whole(traces: Collector, dialog: Dialog, *, parts: int, announced_by_the_dead: bool = False) -> Trace:
    """The trace of a conversation's only turn, once its last span is there, and each with what it is part of.

    A killed process takes spans with it that it had not told yet. Others go on from its rows, whose spans were told by
    somebody else; only what they made of its last announcement may have lost its parent.
    """
    (turn,) = dialog.turns
    trace_id = (turn.traceparent or "")[3:35]

    def lost(trace: Trace) -> list[Seen]:
        return [
            span
            for span in trace.orphans()
            if not (announced_by_the_dead and span.name == "process sender.delivery-ready")
        ]

    async def all_there() -> bool:
        trace = traces.trace(trace_id)
        return (
            len(trace.named("settle receipt")) >= READ * parts and bool(trace.named("work on turn")) and not lost(trace)
        )

    try:
        await eventually(all_there, within=30)
    except TimeoutError:
        told = [(span.service, span.name, span.parent_id) for span in lost(traces.trace(trace_id))]
        raise AssertionError(told or "not all of it came") from None
    assert {delivery.traceparent for delivery in dialog.deliveries} == {turn.traceparent}
    return traces.trace(trace_id)


def _the_others_are_linked(traces: Collector, dialog: Dialog, trace: Trace) -> None:
    """The burst's second message came by another webhook, with a trace of its own."""
    (collected,) = trace.named("collect burst")
    (linked,) = collected.links
    other = traces.trace(linked)
    assert sorted(span.kind for span in other.spans) == ["consumer", "producer", "server"]
    assert collected.attributes["remanso.messages"] == len(dialog.texts_of("contact"))


def _the_model_is_told_of(asked: list[Seen]) -> None:
    assert len(asked) == 2
    for span in asked:
        told = span.attributes
        assert span.kind == "client"
        assert told["gen_ai.operation.name"] == "chat"
        assert str(told["gen_ai.response.model"]).startswith("gpt-6-luna")
        assert int(str(told["gen_ai.usage.input_tokens"])) > 0
        assert float(str(told["remanso.cost_usd"])) > 0
    reasons = [span.attributes["gen_ai.response.finish_reasons"] for span in sorted(asked, key=lambda span: span.began)]
    assert reasons == [["tool_calls"], ["stop"]]


def _log_lines_lead_to_it(logs: WholeLogs, dialog: Dialog, trace: Trace) -> None:
    """From a line to the trace, and back: each canonical line bears its ids."""
    (turn,) = dialog.turns
    known = {span.trace_id for span in trace.spans}
    (worked,) = [line for line in logs.events("turn.worked") if line["turn_id"] == str(turn.id)]
    attempted = [line for line in logs.events("delivery.attempted") if line["turn_id"] == str(turn.id)]
    assert {line["trace_id"] for line in (worked, *attempted)} == known
    assert len(attempted) == 2
