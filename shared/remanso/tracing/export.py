"""OpenTelemetry at work: the only room that knows it. Spans go out by OTLP over HTTP, from a thread of their own.

What waits is bounded: with a collector that is slow or gone the newest spans push out the oldest, and nobody waits.
There is no global provider and no global propagator. FastAPI, httpx and others that look for them find nothing, so
that nothing but what is named here is recorded, and no id of ours goes to Meta, OpenAI or comes in from outside.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceFlags

from remanso.tracing.clean import cleaned
from remanso.tracing.spans import Attributes, Kind, Span, is_traceparent, recording

_FRAMES = frozenset(("BEGIN;", "COMMIT;", "ROLLBACK;", ";"))
"""What surrounds SQL statements; the last is the pool's asking whether anybody is there."""

FAREWELL_SECONDS = 2.0
"""For what still waits when the process ends; a collector that is gone does not keep it longer."""

_INSTRUMENTORS: dict[str, Callable[[], AsyncPGInstrumentor | HTTPXClientInstrumentor]] = {
    "asyncpg": AsyncPGInstrumentor,
    "httpx": HTTPXClientInstrumentor,
}

log = structlog.get_logger()


@contextmanager
def telling(service: str, instance: str, version: str) -> Iterator[None]:
    """Traces are on inside the block."""
    resource = Resource.create(
        {
            "service.namespace": "remanso",
            "service.name": service,
            "service.instance.id": instance,
            "service.version": version,
        }
    )
    processor = BatchSpanProcessor(_Door(OTLPSpanExporter()))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.sampler = _OnlyInside(provider.sampler)
    provider.add_span_processor(processor)
    propagate.set_global_textmap(CompositePropagator([]))
    with _instrumented(provider), recording(_Tracer(provider, version)):
        try:
            yield
        finally:
            farewell = threading.Thread(target=processor.shutdown, daemon=True, name="traces:farewell")
            farewell.start()
            farewell.join(FAREWELL_SECONDS)


@contextmanager
def _instrumented(provider: TracerProvider) -> Iterator[None]:
    """What our libraries can tell of themselves, but for what OTEL_PYTHON_DISABLED_INSTRUMENTATIONS names.

    Unless it is set, SQL is left out: a turn has some hundred statements, and nobody would see the others for them.
    """
    unwanted = os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "asyncpg").replace(" ", "").split(",")
    chosen = [make() for name, make in _INSTRUMENTORS.items() if name not in unwanted and "*" not in unwanted]
    for instrumentor in chosen:
        instrumentor.instrument(tracer_provider=provider)
    try:
        yield
    finally:
        for instrumentor in chosen:
            instrumentor.uninstrument()


class _OnlyInside(Sampler):
    """What the standard variables chose, but a statement or a call of no span's is none: sweepers ask all the time."""

    def __init__(self, chosen: Sampler) -> None:
        self._chosen = chosen

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: object = None,
        links: Sequence[Link] | None = None,
        *args: object,
    ) -> SamplingResult:
        inside = trace.get_current_span(parent_context).get_span_context().is_valid
        if kind is SpanKind.CLIENT and (not inside or name in _FRAMES):
            return SamplingResult(Decision.DROP)
        return self._chosen.should_sample(parent_context, trace_id, name, kind, attributes, links)  # type: ignore[arg-type]

    def get_description(self) -> str:
        return f"OnlyInside({self._chosen.get_description()})"


class _Door(SpanExporter):
    """Cleans what goes out, and says once when nothing gets through, and once when it does again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._through = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export([cleaned(span) for span in spans])
        through = result is SpanExportResult.SUCCESS
        if self._through and not through:
            log.warning("traces.not_exported", spans=len(spans))
        elif through and not self._through:
            log.info("traces.exported_again", spans=len(spans))
        self._through = through
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _Recorded(Span):
    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.traceparent = _told(span.get_span_context())

    def set(self, attributes: Attributes) -> None:
        self._span.set_attributes(_present(attributes))


class _Tracer:
    def __init__(self, provider: TracerProvider, version: str) -> None:
        self.provider = provider
        self._tracer = provider.get_tracer("remanso", version)

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Attributes | None,
        *,
        kind: Kind,
        parent: str | None,
        links: Iterable[str | None],
        began: float | None,
        current: bool,
    ) -> Iterator[Span]:
        span = self._tracer.start_span(
            name,
            _context(parent),
            SpanKind[kind.upper()],
            _present(attributes or {}),
            [Link(found) for link in links if (found := _read(link)) is not None],
            None if began is None else int(began * 1e9),
        )
        token = contexts.attach(trace.set_span_in_context(span)) if current else None
        try:
            yield _Recorded(span)
        except BaseException as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            if token is not None:
                contexts.detach(token)
            span.end()

    @contextmanager
    def within(self, traceparent: str | None) -> Iterator[None]:
        token = contexts.attach(_context(traceparent) or contexts.get_current())
        try:
            yield
        finally:
            contexts.detach(token)

    def current(self) -> str | None:
        found = trace.get_current_span().get_span_context()
        return _told(found) if found.is_valid else None


def _context(traceparent: str | None) -> Context | None:
    found = _read(traceparent)
    return None if found is None else trace.set_span_in_context(trace.NonRecordingSpan(found))


def _read(traceparent: str | None) -> SpanContext | None:
    if traceparent is None or not is_traceparent(traceparent):
        return None
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))


def _told(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _present(attributes: Attributes) -> dict[str, str | int | float | bool | Sequence[str]]:
    return {name: value for name, value in attributes.items() if value is not None}
