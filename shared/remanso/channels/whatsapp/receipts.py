"""One element of `statuses[]` → `ReceiptReceived`: what became of a message we sent."""

from typing import Any

from remanso.channels.whatsapp.shapes import first_code, needed_id, needed_moment, text_in
from remanso.events import ReceiptReceived, derived_id
from remanso.tracing import is_traceparent

LONGEST_CALLBACK = 512
"""Meta's limit for biz_opaque_callback_data."""


def callback_of(delivery_id: object, traceparent: str | None) -> str:
    """What comes back in every receipt: our delivery's id and, where its sending is traced, that trace."""
    return f"{delivery_id}/{traceparent}" if traceparent else str(delivery_id)


def read_callback(callback: str | None) -> tuple[str | None, str | None]:
    """(delivery id, traceparent) of what `callback_of` made; anything else comes back as it is, without a trace."""
    delivery_id, _, traceparent = (callback or "").partition("/")
    return (delivery_id, traceparent) if is_traceparent(traceparent) else (callback, None)


def receipt(status: dict[str, Any], channel: str) -> ReceiptReceived:
    """The receipt. Unknown values of `status` are passed on; pricing, conversation and the rest stay in `raw`.

    Raises:
        Malformed: id, status or time is missing.
    """
    return ReceiptReceived(
        channel=channel,
        wamid=needed_id(status, "id"),
        status=needed_id(status, "status"),
        at=needed_moment(status, "timestamp"),
        callback=read_callback(_callback(status))[0],
        recipient=text_in(status, "recipient_id") or text_in(status, "recipient_user_id"),
        code=first_code(status),
        raw=status,
    )


def trace_of(status: dict[str, Any]) -> str | None:
    """The `traceparent` of the sending that it tells about."""
    return read_callback(_callback(status))[1]


def receipt_id(status: dict[str, Any]) -> str:
    """The same for every repeat of a status; in a group each participant has their own."""
    keys = ("recipient_participant_id", "recipient_participant_user_id", "recipient_id", "recipient_user_id")
    recipient = next((text for key in keys if (text := text_in(status, key))), None)
    return derived_id("receipt", status.get("id"), status.get("status"), recipient)


def _callback(status: dict[str, Any]) -> str | None:
    text = text_in(status, "biz_opaque_callback_data")
    return text if text and len(text) <= LONGEST_CALLBACK else None
