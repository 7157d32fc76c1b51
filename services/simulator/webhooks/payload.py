"""The envelope of `messages` webhooks, and what rides along with messages and statuses."""

from typing import Any

from services.simulator.phone_book import Contact
from services.simulator.settings import BusinessNumber

Json = dict[str, Any]


def inbound(number: BusinessNumber, contact: Contact | None, messages: list[Json], *, hide_phone: bool = False) -> Json:
    """A webhook with messages of one contact to one number; system messages come without a contact."""
    value: Json = {"contacts": [_profile(contact, hide_phone)]} if contact is not None else {}
    return _envelope(number, value | {"messages": messages})


def status(number: BusinessNumber, contact: Contact | None, statuses: list[Json]) -> Json:
    """A webhook with statuses; those of failed messages come without a contact."""
    value: Json = {"contacts": [_profile(contact, False)]} if contact is not None else {}
    return _envelope(number, value | {"statuses": statuses})


def about(number: BusinessNumber, field: str, value: Json) -> Json:
    """A webhook of another field than `messages`."""
    return _envelope(number, value, field)


def _profile(contact: Contact, hide_phone: bool) -> Json:
    profile: Json = {"profile": {"name": contact.name}, "user_id": contact.user_id}
    if contact.username:
        profile["profile"]["username"] = contact.username
    return profile if hide_phone else profile | {"wa_id": contact.wa_id}


def _envelope(number: BusinessNumber, value: Json, field: str = "messages") -> Json:
    metadata = {"display_phone_number": number.digits, "phone_number_id": number.phone_number_id}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata} | value, "field": field}
    return {"object": "whatsapp_business_account", "entry": [{"id": number.waba_id, "changes": [change]}]}
