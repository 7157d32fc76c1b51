"""What traces cost while they are off, what may leave the process, and that a collector keeps nobody."""

import asyncio
import time

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Status, StatusCode

from remanso import tracing
from remanso.channels.whatsapp.receipts import callback_of, read_callback
from remanso.errors import ConfigurationError
from remanso.tracing.clean import cleaned
from tests.support.child import child
from tests.support.collector import collector
from tests.support.waiting import eventually

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"

SERVICES = "ingress", "debouncer", "agent", "sender", "console"
ALL_SERVICES = "; ".join(f"import services.{name}.__main__" for name in SERVICES)

ENDS = """
import sys, time
from remanso import tracing
with tracing.exporting("test", "test-1", "0"):
    for number in range(5000):
        with tracing.span("piece"):
            pass
    print("worked", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
print("left after", time.monotonic() - began, flush=True)
"""


async def test_off_means_that_nothing_of_it_is_there() -> None:
    asked = "[m for m in sys.modules if m.startswith(('opentelemetry.sdk', 'opentelemetry.exporter', 'google'))]"
    off = "with remanso.tracing.exporting('a', 'b', 'c'): found = " + asked
    async with child(f"import sys, remanso.tracing; {ALL_SERVICES}\n{off}\nprint('found', found)") as process:
        assert await process.until("found") == "found []\n"


def test_off_says_nothing_and_hands_nothing_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with (
        tracing.exporting("test", "test-1", "0"),
        tracing.span("piece", parent=TRACE) as span,
        tracing.milestone("turn"),
    ):
        span.set({"remanso.code": 1})
        assert (span.traceparent, tracing.current(), tracing.enabled()) == (None, None, False)
        assert tracing.record("told") is None
        assert tracing.name_ids() == {}


def test_a_protocol_that_is_not_spoken_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(ConfigurationError, match="OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"):
        tracing.exporting("test", "test-1", "0").__enter__()


async def test_parents_links_and_kinds_come_through_and_a_failure_by_its_type_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with collector() as traces:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{traces.url}/v1/traces")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
        with tracing.exporting("test", "test-1", "0"):
            other = tracing.record("other")
            about: tracing.Attributes = {"remanso.code": 7, "text": "hola"}
            with (
                pytest.raises(ValueError, match="secret"),
                tracing.milestone("turn", parent=TRACE),
                tracing.span("step", about, kind="client", links=[other, None]),
            ):
                raise ValueError("a secret")
            await eventually(lambda: len(traces.spans) == 3)
    found = {span.name: span for span in traces.spans}
    turn, step = found["turn"], found["step"]
    assert (turn.trace_id, turn.parent_id) == ("a" * 32, "b" * 16)
    assert (step.parent_id, step.kind, step.links) == (turn.span_id, "client", (found["other"].trace_id,))
    assert (step.failed, step.attributes) == (True, {"remanso.code": 7, "error.type": "ValueError"})
    assert turn.ended <= step.began, "it is there before its parts, which a kill may cut off"
    assert b"secret" not in b"".join(traces.raw)


def test_what_instrumentations_write_down_does_not_leave() -> None:
    span = TracerProvider().get_tracer("somebody's").start_span("GET")
    span.set_attributes({"url.full": "https://x/?q=Ana", "http.route": "/x", "gen_ai.input.messages": "hola"})
    span.record_exception(ValueError("hola"))
    span.add_event("said", {"text": "hola"})
    span.set_status(Status(StatusCode.ERROR, "hola"))
    span.end()
    told = cleaned(span)  # type: ignore[arg-type]
    assert dict(told.attributes or {}) == {"http.route": "/x"}
    assert (told.events, told.status.description) == ((), None)
    assert not told.status.is_ok


async def test_a_process_ends_in_time_though_its_collector_hangs() -> None:
    async with collector() as traces:
        with traces.being("hangs"):
            began = time.monotonic()
            async with child(ENDS, {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url}) as process:
                await process.until("worked")
                assert time.monotonic() - began < 30, "5,000 spans, where 2,048 have room"
                assert process.process.stdin
                process.process.stdin.write(b"\n")
                left = await process.until("left after")
                assert float(left.split()[-1]) < 3 * 2.0
                assert await asyncio.wait_for(process.ended(), 10) == 0


@pytest.mark.parametrize("callback", [None, "", "an-id", "an-id/", "an-id/00-xyz", f"an-id/{TRACE}/"])
def test_a_callback_that_bears_no_trace_stays_what_it_is(callback: str | None) -> None:
    assert read_callback(callback) == (callback, None)


def test_a_callback_is_read_as_it_was_made() -> None:
    assert read_callback(callback_of("an-id", TRACE)) == ("an-id", TRACE)
    assert read_callback(callback_of("an-id", None)) == ("an-id", None)
