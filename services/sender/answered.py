"""From a contact's first message to the answer on its way to them: the time they waited, and where."""

from prometheus_client import Histogram

from remanso.model.delivery import DeliveryKind
from remanso.store import Transaction
from remanso.store.deliveries import Delivery

SECONDS = Histogram(
    "remanso_sender_answer_seconds",
    "From the first message of a burst to the first part of its answer: window, agent, send, and total.",
    ["client", "stage"],
    buckets=(0.25, 0.5, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 60, 120, 300, 900, 3600),
)


async def observe_answer(tx: Transaction, delivery: Delivery, client: str) -> None:
    """Called in the transaction that wrote down that Meta took `delivery`; counts only the first part of an answer."""
    if delivery.kind != DeliveryKind.ANSWER or (journey := await tx.deliveries.journey(delivery.id)) is None:
        return
    stages = {"window": journey.window, "agent": journey.agent, "send": journey.send}
    for stage, seconds in (stages | {"total": sum(stages.values())}).items():
        SECONDS.labels(client, stage).observe(seconds)
