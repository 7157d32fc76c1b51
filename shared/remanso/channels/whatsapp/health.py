"""Whether Meta lets a number send, as it tells when asked (Meta docs, "Health status" and phone numbers, 2026)."""

from dataclasses import dataclass

import httpx

from remanso.channels.whatsapp.shapes import object_in, text_in

FIELDS = "status,health_status"


@dataclass(frozen=True)
class Health:
    """`well`: the number may send. `told`: Meta's words for its state, or why there are none."""

    well: bool
    told: str


def health_of(answer: httpx.Response) -> Health:
    """What an answer to `GET /{phone_number_id}?fields=status,health_status` says; only a clear yes is one.

    A number is sendable when it is CONNECTED. Of the overall health, LIMITED still sends.
    """
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    if not answer.is_success or not isinstance(body, dict):
        return Health(False, f"HTTP {answer.status_code}")
    status = text_in(body, "status") or "unknown"
    sending = text_in(object_in(body, "health_status"), "can_send_message") or "AVAILABLE"
    return Health(status == "CONNECTED" and sending != "BLOCKED", f"{status[:40]}, {sending[:40]}")
