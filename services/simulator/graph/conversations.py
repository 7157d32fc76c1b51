"""What was said between contacts and business numbers, in the order of acceptance."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
WINDOW_SECONDS = 24 * 3600
# Whether a reaction or an edit opens the window is not documented; the careful reading is that they do not.
_OPENS_NO_WINDOW = {"reaction", "edit", "revoke", "system"}

# A contact's own message is first `sent`, `delivered` once the business's webhook took it, then perhaps `read`.
# A business's message is `accepted`, then moves as its status webhooks say.
_RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4, "failed": 5}


@dataclass(eq=False)
class Utterance:
    """One message as the simulator saw it. `payload` is the webhook's message object, or the body of the send.

    `at` is when the simulator took it, `sent_at` what its timestamp says (Unix seconds; None where there is none).
    """

    direction: Literal["in", "out"]
    wamid: str
    type: str
    text: str
    payload: Json
    at: float
    contact: str
    phone_number_id: str
    status: str
    sent_at: float | None = None
    callback: str | None = None
    errors: list[Json] = field(default_factory=list)

    def shown(self) -> Json:
        """The object the control API and the event stream give."""
        return {
            "direction": self.direction,
            "wamid": self.wamid,
            "type": self.type,
            "text": self.text,
            "payload": self.payload,
            "at": self.at,
            "sent_at": self.sent_at,
            "status": self.status,
            "callback": self.callback,
            "contact": self.contact,
            "phone_number_id": self.phone_number_id,
            "errors": self.errors,
        }

    def rise_to(self, status: str) -> bool:
        """Move to `status` unless already at or above it; whether it moved."""
        if _RANK[status] <= _RANK[self.status]:
            return False
        self.status = status
        return True


class Conversations:
    """Every message by contact, and the customer service window that follows from the inbound ones."""

    def __init__(self) -> None:
        self._by_contact: dict[str, list[Utterance]] = {}
        self._by_wamid: dict[str, Utterance] = {}
        self._last_inbound: dict[tuple[str, str], float] = {}

    def reset(self) -> None:
        """Forget every message and close every window."""
        self._by_contact.clear()
        self._by_wamid.clear()
        self._last_inbound.clear()

    def keep(self, utterance: Utterance) -> bool:
        """Record a message, which opens the window if a contact sent it; False if its wamid is on record already."""
        if utterance.wamid in self._by_wamid:
            return False
        self._by_wamid[utterance.wamid] = utterance
        self._by_contact.setdefault(utterance.contact, []).append(utterance)
        if utterance.direction == "in" and utterance.sent_at is not None and utterance.type not in _OPENS_NO_WINDOW:
            pair = (utterance.contact, utterance.phone_number_id)
            self._last_inbound[pair] = max(utterance.sent_at, self._last_inbound.get(pair, 0.0))
        return True

    def find(self, wamid: str) -> Utterance | None:
        """The message with this id."""
        return self._by_wamid.get(wamid)

    def of(self, contact: str) -> list[Utterance]:
        """The whole conversation of a contact, with all numbers, in the order of acceptance."""
        return list(self._by_contact.get(contact, ()))

    def last_from_business(self, contact: str) -> Utterance | None:
        """The newest message a contact can react or reply to."""
        told = self._by_contact.get(contact, ())
        return next((u for u in reversed(told) if u.direction == "out" and u.type != "reaction"), None)

    def window_open(self, contact: str, phone_number_id: str, now: float) -> bool:
        """Whether free-form messages may be sent: the contact wrote to this number less than 24 h ago."""
        last = self._last_inbound.get((contact, phone_number_id))
        return last is not None and now - last < WINDOW_SECONDS

    def read_up_to(self, read: Utterance) -> list[Utterance]:
        """Mark an inbound message and the earlier ones of its conversation as read; those that changed."""
        told = self._by_contact[read.contact]
        earlier = told[: told.index(read) + 1]
        same = [u for u in earlier if u.direction == "in" and u.phone_number_id == read.phone_number_id]
        return [utterance for utterance in same if utterance.rise_to("read")]
