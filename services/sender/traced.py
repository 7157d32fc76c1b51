"""A part's spans: its sending, and each receipt that moves it, in the trace that its row bears."""

from contextlib import AbstractContextManager

from remanso import tracing
from remanso.events import Envelope
from remanso.store.deliveries import Delivery
from remanso.store.receipts import Receipt, Recorded


def sending(delivery: Delivery, client: str) -> AbstractContextManager[tracing.Span]:
    return tracing.span("send delivery", {**_about(delivery), "remanso.client": client}, parent=delivery.traceparent)


def settled(receipt: Receipt, recorded: Recorded, envelope: Envelope, began: float) -> None:
    """A receipt that knows nothing but a wamid came in a trace of its own: the row tells where it belongs."""
    delivery, came_in = recorded.delivery, envelope.traceparent
    at_home = delivery.traceparent is None or tracing.same_trace(came_in, delivery.traceparent)
    tracing.record(
        "settle receipt",
        {**_about(delivery), "remanso.client": envelope.client, "remanso.status": receipt.status},
        parent=came_in if at_home else delivery.traceparent,
        links=() if at_home else (came_in,),
        began=began,
    )


def _about(delivery: Delivery) -> dict[str, str | int | None]:
    return {
        "remanso.conversation_id": str(delivery.conversation_id),
        "remanso.turn_id": str(delivery.turn_id) if delivery.turn_id else None,
        "remanso.delivery_id": str(delivery.id),
        "remanso.kind": delivery.kind,
        "remanso.attempt": delivery.attempts,
    }
