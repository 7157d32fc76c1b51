"""Whether Meta lets a number send, as it tells when asked (Meta docs, "Health status" and phone numbers, 2026)."""

from dataclasses import dataclass
from typing import Any

from remanso.channels.whatsapp.shapes import object_in, text_in

FIELDS = "status,health_status"


@dataclass(frozen=True)
class NumberHealth:
    """`well`: the number may send. `told`: Meta's words for its state, or why there are none."""

    well: bool
    told: str


def number_health(told: dict[str, Any]) -> NumberHealth:
    """What the object of `GET /{phone_number_id}?fields=status,health_status` says; only a clear yes is one.

    A number is sendable when it is CONNECTED. Of the overall health, LIMITED still sends.
    """
    status = text_in(told, "status") or "unknown"
    sending = text_in(object_in(told, "health_status"), "can_send_message") or "AVAILABLE"
    return NumberHealth(status == "CONNECTED" and sending != "BLOCKED", f"{status[:40]}, {sending[:40]}")
