"""A collector of traces: takes OTLP over HTTP as any does, decodes it, and can be told to refuse or to hang."""

import asyncio
import gzip
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Literal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from remanso.runtime.http import serving

Value = str | int | float | bool | list[str]
Manner = Literal["takes", "refuses", "hangs"]


@dataclass(frozen=True)
class Seen:
    """One span as it came in. Times in seconds since 1970."""

    service: str
    instance: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str | None
    links: tuple[str, ...]
    """Ids of the traces it is linked to."""
    attributes: dict[str, Value]
    failed: bool
    began: float
    ended: float


@dataclass
class Collector:
    url: str = ""
    manner: Manner = "takes"
    turned_away: int = 0
    """Requests that were refused, or hang, since it is as it is."""
    raw: list[bytes] = field(default_factory=list)
    spans: list[Seen] = field(default_factory=list)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        if self.manner != "takes":
            self.turned_away += 1
        if self.manner == "hangs":
            await self._released.wait()
            return Response(status_code=503)
        if self.manner == "refuses":
            return Response(status_code=503)
        body = gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body
        self.raw.append(body)
        self.spans.extend(_read(ExportTraceServiceRequest.FromString(body)))
        return Response(b"", media_type="application/x-protobuf")

    @contextmanager
    def being(self, manner: Manner) -> Iterator[None]:
        """Another one for a while."""
        self.manner, self.turned_away, self._released = manner, 0, asyncio.Event()
        try:
            yield
        finally:
            self.manner = "takes"
            self._released.set()

    def trace(self, trace_id: str) -> "Trace":
        return Trace([span for span in self.spans if span.trace_id == trace_id])


@dataclass(frozen=True)
class Trace:
    spans: list[Seen]

    def named(self, name: str) -> list[Seen]:
        return [span for span in self.spans if span.name == name]

    def orphans(self) -> list[Seen]:
        """Spans whose parent never came in."""
        known = {span.span_id for span in self.spans}
        return [span for span in self.spans if span.parent_id is not None and span.parent_id not in known]

    def roots(self) -> list[Seen]:
        return [span for span in self.spans if span.parent_id is None]

    def edges(self, *without: str) -> set[tuple[str, str]]:
        """(parent, child) by their names, each with its service in front."""
        by_id = {span.span_id: span for span in self.spans}
        return {
            (_label(by_id[span.parent_id]), _label(span))
            for span in self.spans
            if span.parent_id in by_id and not span.name.startswith(without)
        }

    def children(self) -> dict[str | None, list[Seen]]:
        found = defaultdict(list)
        for span in sorted(self.spans, key=lambda span: span.began):
            found[span.parent_id].append(span)
        return found


def _label(span: Seen) -> str:
    return f"{span.service}: {span.name}"


def _read(request: ExportTraceServiceRequest) -> Iterable[Seen]:
    for told in request.resource_spans:
        resource = {pair.key: pair.value.string_value for pair in told.resource.attributes}
        for scope in told.scope_spans:
            for span in scope.spans:
                yield _seen(resource, span)


def _seen(resource: dict[str, str], span: trace_pb2.Span) -> Seen:
    return Seen(
        service=resource["service.name"],
        instance=resource["service.instance.id"],
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() or None,
        links=tuple(link.trace_id.hex() for link in span.links),
        attributes={pair.key: _value(pair.value) for pair in span.attributes},
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        began=span.start_time_unix_nano / 1e9,
        ended=span.end_time_unix_nano / 1e9,
    )


def _value(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [one.string_value for one in value.array_value.values]
    found: Value = getattr(value, kind or "string_value")
    return found


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    found = Collector()
    app = Starlette(routes=[Route("/v1/traces", found.take, methods=["POST"])])
    async with serving(app, "127.0.0.1", 0) as port:
        found.url = f"http://127.0.0.1:{port}"
        with found.being("takes"):
            yield found
