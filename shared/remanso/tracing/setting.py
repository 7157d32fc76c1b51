"""Whether traces are on. OpenTelemetry's own variables say so, as for any other program; see .env.example."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from remanso.errors import ConfigurationError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
SPOKEN = "http/protobuf"


def wanted() -> bool:
    """An endpoint is named, and nothing says no."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = os.environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    return "otlp" in exporters.split(",") and any(os.environ.get(name, "").strip() for name in ENDPOINTS)


@contextmanager
def exporting(service: str, instance: str, version: str) -> Iterator[None]:
    """Inside the block this process tells its spans, if that is wanted; what waits is sent at the end of it.

    Raises ConfigurationError for a protocol that is not spoken here.
    """
    if not wanted():
        yield
        return
    asked = next((value for name in PROTOCOLS if (value := os.environ.get(name, "").strip())), SPOKEN)
    if asked != SPOKEN:
        raise ConfigurationError(f"traces are exported by {SPOKEN}, not by {asked}: set {PROTOCOLS[1]}={SPOKEN}")
    from remanso.tracing.export import telling  # OpenTelemetry costs a tenth of a second and ten megabytes

    with telling(service, instance, version):
        yield
