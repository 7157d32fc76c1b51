"""One element of `messages[]` → `InboundMessage`."""

from typing import Any

from remanso.channels.whatsapp.content import content_of
from remanso.channels.whatsapp.people import renamed_sender, sender_of
from remanso.channels.whatsapp.shapes import LONGEST_ID, Malformed, needed_id, needed_moment, object_in, text_in
from remanso.model.content import IdentityChange
from remanso.model.message import InboundMessage


def inbound_message(message: dict[str, Any], value: dict[str, Any], channel: str, index: int) -> InboundMessage:
    """The message, normalised.

    Args:
        message: the element of `messages[]`.
        value: what it stands in; its `contacts` tell about people.
        channel: phone_number_id it was sent to.
        index: its place among all messages of the webhook.

    Raises:
        Malformed: it cannot be read, or is nobody's.
    """
    if "group_id" in message:
        raise Malformed("written in a group: a private answer would be wrong")
    content = content_of(message)
    context = object_in(message, "context")
    return InboundMessage(
        channel=channel,
        wamid=needed_id(message, "id"),
        sent_at=needed_moment(message, "timestamp"),
        index=index,
        sender=renamed_sender(message) if isinstance(content, IdentityChange) else sender_of(message, value),
        content=content,
        quoted=_short(text_in(context, "id")),
        forwarded=context.get("forwarded") is True or context.get("frequently_forwarded") is True,
        referral=object_in(message, "referral") or None,
        raw=message,
    )


def _short(wamid: str | None) -> str | None:
    return wamid if wamid and len(wamid) <= LONGEST_ID else None
