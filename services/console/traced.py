"""A span for each page asked for, and nothing else that FastAPI could tell: its logs would hold what people typed."""

from fastapi.telemetry import TelemetryConfig
from starlette.types import Scope

from remanso import tracing


def telemetry() -> TelemetryConfig:
    provider = tracing.provider()
    return TelemetryConfig(
        tracing=provider is not None,
        tracer_provider=provider,
        metrics=False,
        logs=False,
        operation_spans=False,
        exclude=_untold,
    )


def _untold(scope: Scope) -> bool:
    """A page's files, and its stream, which lasts as long as the page is open."""
    path = str(scope["path"])
    return path.startswith("/static/") or path == "/events"
