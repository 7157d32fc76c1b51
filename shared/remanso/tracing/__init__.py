"""Traces: one message's way through all services as one tree of spans, if somebody names a collector.

spans    what everybody calls; while traces are off, a call that does nothing
setting  whether they are on: OpenTelemetry's own variables
export   OpenTelemetry itself, imported only when they are on
clean    what may leave the process: no texts, no numbers, no secrets

A trace goes on over the bus in an envelope's `traceparent`, and over rows in their column of that name: whoever takes
a row up, by an event or by sweeping, in this process or in the one after a crash, continues the same trace.
"""

from remanso.tracing.setting import exporting
from remanso.tracing.spans import (
    Attributes,
    Kind,
    Span,
    current,
    enabled,
    is_traceparent,
    milestone,
    name_ids,
    provider,
    record,
    same_trace,
    span,
)

__all__ = [
    "Attributes",
    "Kind",
    "Span",
    "current",
    "enabled",
    "exporting",
    "is_traceparent",
    "milestone",
    "name_ids",
    "provider",
    "record",
    "same_trace",
    "span",
]
