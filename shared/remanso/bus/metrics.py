"""What the bus counts: RabbitMQ 3.10 has no rates per queue, and no version knows how old a quorum queue's head is."""

from prometheus_client import Counter, Histogram

_GROUPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_AGES = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 86400)

PUBLISHED = Counter(
    "remanso_bus_published_total",
    "Envelopes handed to the publisher, by outcome: confirmed, unconfirmed, unroutable.",
    ["event", "outcome"],
)
PUBLISH_SECONDS = Histogram("remanso_bus_publish_seconds", "One AMQP message until its confirm.", ["event"])
PUBLISH_ENVELOPES = Histogram(
    "remanso_bus_publish_envelopes", "Envelopes that shared one AMQP message.", ["event"], buckets=_GROUPS
)
CONSUMED = Counter(
    "remanso_bus_consumed_total",
    "Envelopes by fate: handled, dead_lettered, returned.",
    ["queue", "fate"],
)
BATCH_ENVELOPES = Histogram(
    "remanso_bus_batch_envelopes", "Envelopes a handler was given at once.", ["queue"], buckets=_GROUPS
)
HANDLER_SECONDS = Histogram("remanso_bus_handler_seconds", "One call of a handler.", ["queue", "outcome"])
AGE_SECONDS = Histogram(
    "remanso_bus_age_seconds", "From the receipt of an event to its handling.", ["queue"], buckets=_AGES
)
DEAD_LETTERED = Counter(
    "remanso_bus_dead_lettered_total",
    "Dead letters by the class of their reason: rejected, failed, undecodable.",
    ["queue", "reason"],
)
LOST_SETTLEMENTS = Counter(
    "remanso_bus_lost_settlements_total", "Settlements lost with their channel: those messages come again.", ["queue"]
)
LOSSES = Counter("remanso_bus_connection_losses_total", "Connections to the broker that went away under us.")
