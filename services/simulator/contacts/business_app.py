"""The business's own phone: what a person answers there comes back to the business's endpoint as an echo (coexistence).

And what contacts tell the business by the app's menus: that they want no more marketing.
"""

import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.contacts.handsets import Handsets
from services.simulator.graph.wamid import new_wamid
from services.simulator.phone_book import Contact
from services.simulator.settings import BusinessNumber
from services.simulator.webhooks import payload
from services.simulator.webhooks.delivery import WebhookPost

Json = dict[str, Any]


class Echo(BaseModel):
    """A text written in the phone app, or `raw`: a message object with its own `type`, as an edit or a picture."""

    model_config = ConfigDict(extra="forbid")

    text: str = "Hola, soy una persona."
    raw: Json | None = None
    wamid: str | None = None
    phone_number_id: str | None = None
    hide_phone: bool = False
    sent_at: float | None = None
    repeat: int = Field(default=1, ge=1, le=100)


class Preference(BaseModel):
    """`stop`, `resume` or `signup` for marketing messages."""

    model_config = ConfigDict(extra="forbid")

    value: Literal["stop", "resume", "signup"]
    phone_number_id: str | None = None
    at: float | None = None


class BusinessApp:
    """Posts webhooks of the fields `smb_message_echoes` and `user_preferences`."""

    def __init__(self, handsets: Handsets, post: WebhookPost) -> None:
        self._handsets = handsets
        self._post = post

    async def answer(self, wa_id: str, echo: Echo) -> Json:
        """Writes to a contact; `{"wamid", "webhook_status"}` once the business's endpoint has taken the echo."""
        number, contact = self._handsets.number(echo.phone_number_id), self._handsets.meet(wa_id)
        wamid = echo.wamid or new_wamid(wa_id)
        said = echo.raw or {"type": "text", "text": {"body": echo.text}}
        to = ({} if echo.hide_phone else {"to": contact.wa_id}) | {"to_user_id": contact.user_id}
        common = {"from": number.digits, "id": wamid, "timestamp": str(int(echo.sent_at or time.time()))}
        statuses = [
            await self._tell(number, "smb_message_echoes", {"message_echoes": [common | to | said]})
            for _ in range(echo.repeat)
        ]
        return {"wamid": wamid, "webhook_status": statuses}

    async def prefer(self, wa_id: str, preference: Preference) -> Json:
        """A contact's word on marketing; `{"webhook_status"}` once the business's endpoint has taken it."""
        number, contact = self._handsets.number(preference.phone_number_id), self._handsets.meet(wa_id)
        told = _preference(contact, preference)
        return {"webhook_status": [await self._tell(number, "user_preferences", {"user_preferences": [told]})]}

    async def _tell(self, number: BusinessNumber, field: str, value: Json) -> int:
        delivery = self._post.deliver(payload.about(number, field, value), lambda: None)
        await delivery.over.wait()
        return delivery.status


def _preference(contact: Contact, preference: Preference) -> Json:
    return {
        "wa_id": contact.wa_id,
        "user_id": contact.user_id,
        "category": "marketing_messages",
        "value": preference.value,
        "detail": f"User requested to {preference.value} marketing messages",
        "timestamp": int(preference.at or time.time()),
    }
