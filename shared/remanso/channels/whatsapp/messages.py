"""One element of `messages[]` → `InboundMessage`."""

from typing import Any

from remanso.channels.whatsapp.content import UnknownType, content_of
from remanso.channels.whatsapp.people import recipient_of, renamed_sender, sender_of
from remanso.channels.whatsapp.shapes import LONGEST_ID, Malformed, needed_id, needed_moment, object_in, text_in
from remanso.model.content import Content, IdentityChange, Unsupported
from remanso.model.message import EchoedMessage, InboundMessage


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


def echoed_message(echo: dict[str, Any], value: dict[str, Any], channel: str, index: int) -> EchoedMessage:
    """One element of `message_echoes[]`. Raises Malformed where it cannot be read, or is nobody's.

    A type that nobody here knows is still a person's answer.
    """
    if "group_id" in echo:
        raise Malformed("written in a group")
    return EchoedMessage(
        channel=channel,
        wamid=needed_id(echo, "id"),
        sent_at=needed_moment(echo, "timestamp"),
        index=index,
        recipient=recipient_of(echo, value),
        content=_echoed_content(echo),
        quoted=_short(text_in(object_in(echo, "context"), "id")),
        raw=echo,
    )


def _echoed_content(echo: dict[str, Any]) -> Content:
    try:
        return content_of(echo)
    except UnknownType:
        return Unsupported(original=text_in(echo, "type"))


def _short(wamid: str | None) -> str | None:
    return wamid if wamid and len(wamid) <= LONGEST_ID else None
