"""What is told about each webhook: one log line and a few numbers. No texts, no phone numbers, no ids of people."""

import time
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import structlog
from prometheus_client import Counter, Gauge, Histogram

from remanso import tracing
from remanso.events import Envelope

IDS_TOLD = 50

WEBHOOKS = Counter("remanso_ingress_webhooks_total", "Webhooks by what was answered.", ["client", "outcome"])
EVENTS = Counter(
    "remanso_ingress_events_total", "Events made from webhooks, confirmed by the bus.", ["client", "event"]
)
IN_WORK = Gauge("remanso_ingress_webhooks_in_work", "Webhooks being read or waiting for the bus.")
SECONDS = Histogram(
    "remanso_ingress_webhook_seconds",
    "From a webhook's first byte to its answer. Meta asks for a median of 0.25 s and less than 1 % above 1 s.",
    ["outcome"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5),
)

log = structlog.get_logger()


class Outcome(Enum):
    """Every way a webhook can end, with the status that tells Meta so."""

    ACCEPTED = 200
    MALFORMED = 400
    UNSIGNED = 401
    UNKNOWN_CLIENT = 404
    TOO_SLOW = 408
    TOO_LARGE = 413
    THROTTLED = 429
    HUNG_UP = 499
    UNAVAILABLE = 503


@dataclass
class Entry:
    """What is known about one webhook; grows on its way."""

    clients: Sequence[str] = ()
    bytes: int = 0
    envelopes: Sequence[Envelope] = ()
    problem: str | None = None
    traceparent: str | None = None
    _started: float = field(default_factory=time.perf_counter)

    def close(self, outcome: Outcome) -> None:
        """Tell it."""
        seconds, name = time.perf_counter() - self._started, outcome.name.lower()
        client = self.clients[0] if len(self.clients) == 1 else ""
        WEBHOOKS.labels(client, name).inc()
        SECONDS.labels(name).observe(seconds)
        if outcome is Outcome.ACCEPTED:
            for envelope in self.envelopes:
                EVENTS.labels(envelope.client, envelope.type).inc()
        if outcome is Outcome.THROTTLED:  # counted is enough: whoever knocks without end writes no log
            return
        tell = log.warning if outcome is Outcome.UNAVAILABLE else log.info
        tell(
            "webhook",
            outcome=name,
            clients=list(self.clients),
            bytes=self.bytes,
            events=dict(Tally(envelope.type for envelope in self.envelopes)),
            ids=[envelope.id for envelope in self.envelopes[:IDS_TOLD]],
            problem=self.problem,
            milliseconds=round(seconds * 1000, 1),
            **tracing.name_ids(self.traceparent),
        )
