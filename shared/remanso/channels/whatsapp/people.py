"""Who wrote: phone digits and business-scoped user ids, recognised by their shape, not by the key they stand under.

Since usernames came (2026) a phone may be missing anywhere, and `contacts` is matched by id, never by place.
"""

from typing import Any

from remanso.channels.whatsapp.shapes import Malformed, as_user_id, as_wa_id, object_in, objects_in, text_in
from remanso.model.message import Sender
from remanso.model.phone import other_spellings


def sender_of(message: dict[str, Any], value: dict[str, Any]) -> Sender:
    """The person behind `message`, with what the `contacts` beside it tell about them.

    A parent's user id (linked portfolios) stands in only where nothing else is known: it can be written to as well.
    Raises Malformed where neither phone nor user id is given: such a message is no one's.
    """
    wa_id = as_wa_id(message.get("from"))
    user_id = as_user_id(message.get("from_user_id")) or as_user_id(message.get("from"))
    contact = _matching(wa_id, user_id, objects_in(value, "contacts"))
    wa_id = wa_id or as_wa_id(contact.get("wa_id"))
    user_id = user_id or as_user_id(contact.get("user_id")) or as_user_id(contact.get("wa_id"))
    if not wa_id and not user_id:
        user_id = as_user_id(message.get("from_parent_user_id"))
    if not wa_id and not user_id:
        raise Malformed("neither phone nor user id of the sender is given")
    profile = object_in(contact, "profile")
    username = (text_in(profile, "username") or "").removeprefix("@")
    return Sender(wa_id=wa_id, user_id=user_id, profile_name=text_in(profile, "name"), username=username or None)


def renamed_sender(message: dict[str, Any]) -> Sender:
    """The person a system message speaks of, as they were known before: it announces their new ids.

    Raises Malformed where no id is given.
    """
    system = object_in(message, "system")
    wa_id = as_wa_id(message.get("from"))
    known = (system.get("previous_user_id"), message.get("from_user_id"), message.get("from"))
    user_id = next((found for value in known if (found := as_user_id(value))), None)
    if not wa_id and not user_id:
        user_id = as_user_id(system.get("user_id")) or as_user_id(system.get("previous_parent_user_id"))
    if not wa_id and not user_id:
        raise Malformed("neither phone nor user id of the person is given")
    return Sender(wa_id=wa_id, user_id=user_id)


def recipient_of(echo: dict[str, Any], value: dict[str, Any]) -> Sender:
    """The contact to whom a person of the business wrote. Raises Malformed where no id is given."""
    wa_id = as_wa_id(echo.get("to"))
    user_id = as_user_id(echo.get("to_user_id")) or as_user_id(echo.get("to"))
    return _known_person(wa_id, user_id, value)


def preferring(preference: dict[str, Any], value: dict[str, Any]) -> Sender:
    """The contact who changed what they want to get. Raises Malformed where no id is given."""
    return _known_person(as_wa_id(preference.get("wa_id")), as_user_id(preference.get("user_id")), value)


def alternates(recipient: str) -> tuple[str, ...]:
    """Where a message to this number may go instead when Meta answers 131030: its other national spellings."""
    return other_spellings(recipient)


def _known_person(wa_id: str | None, user_id: str | None, value: dict[str, Any]) -> Sender:
    contact = _matching(wa_id, user_id, objects_in(value, "contacts"))
    wa_id, user_id = wa_id or as_wa_id(contact.get("wa_id")), user_id or as_user_id(contact.get("user_id"))
    if not wa_id and not user_id:
        raise Malformed("neither phone nor user id of the contact is given")
    return Sender(wa_id=wa_id, user_id=user_id)


def _matching(wa_id: str | None, user_id: str | None, contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """The contact that shares an id with the sender, or nothing."""
    ids = {known for known in (wa_id, user_id) if known}
    return next((contact for contact in contacts if ids & _ids(contact)), {})


def _ids(contact: dict[str, Any]) -> set[str | None]:
    return {text_in(contact, "wa_id"), text_in(contact, "user_id")}
