"""What a message says: one reader for each type of the Cloud API (Meta docs, messages webhook reference, Sep 2026).

What Meta itself calls unsupported is `Unsupported`, stored and named. A type nobody here knows is an `UnknownType`, a
known one without what it promises is `Malformed`: neither becomes part of a conversation.
"""

from collections.abc import Callable
from typing import Any, Literal, get_args

from remanso.channels.whatsapp.body import read_body
from remanso.channels.whatsapp.shapes import (
    Malformed,
    as_user_id,
    as_wa_id,
    first_code,
    needed_id,
    needed_number,
    needed_object,
    needed_text,
    number_in,
    object_in,
    objects_in,
    text_in,
)
from remanso.errors import BadInput
from remanso.model.content import (
    Card,
    Cards,
    Choice,
    Content,
    Edit,
    Form,
    IdentityChange,
    Location,
    Media,
    Order,
    OrderItem,
    Reaction,
    Revoke,
    Text,
    Unsupported,
)

MediaKind = Literal["image", "video", "audio", "document", "sticker"]


class UnknownType(Malformed):
    """A message of a type newer than this reader."""


def content_of(message: dict[str, Any]) -> Content:
    """The content of one element of `messages[]`. Raises Malformed, UnknownType among it."""
    kind = needed_id(message, "type")
    read = _READERS.get(kind)
    if read is None:
        raise UnknownType("a type of message that nobody here knows")
    if read is not _unsupported and kind not in message and first_code(message) is not None:
        return _unsupported(message)  # Meta could not fetch it (131052) and says so instead
    return read(message)


def _text(message: dict[str, Any]) -> Text:
    return Text(text=needed_text(needed_object(message, "text"), "body"))


def _media(kind: MediaKind) -> Callable[[dict[str, Any]], Content]:
    def read(message: dict[str, Any]) -> Content:
        part = needed_object(message, kind)
        if "id" not in part and first_code(message) is not None:
            return _unsupported(message)
        return Media(
            kind=kind,
            media_id=needed_id(part, "id"),
            mime_type=text_in(part, "mime_type"),
            sha256=text_in(part, "sha256"),
            caption=text_in(part, "caption"),
            filename=text_in(part, "filename"),
            voice=part.get("voice") is True,
            animated=part.get("animated") is True,
        )

    return read


def _location(message: dict[str, Any]) -> Location:
    part = needed_object(message, "location")
    return Location(
        latitude=needed_number(part, "latitude"),
        longitude=needed_number(part, "longitude"),
        name=text_in(part, "name"),
        address=text_in(part, "address"),
        url=text_in(part, "url"),
    )


def _cards(message: dict[str, Any]) -> Cards:
    cards = tuple(_card(card) for card in objects_in(message, "contacts"))
    if not cards:
        raise Malformed("contacts holds no card")
    return Cards(cards=cards)


def _card(card: dict[str, Any]) -> Card:
    name = object_in(card, "name")
    parts = (text_in(name, "first_name"), text_in(name, "middle_name"), text_in(name, "last_name"))
    phones = (text_in(phone, "phone") or text_in(phone, "wa_id") for phone in objects_in(card, "phones"))
    emails = (text_in(email, "email") for email in objects_in(card, "emails"))
    return Card(
        name=text_in(name, "formatted_name") or " ".join(filter(None, parts)) or None,
        phones=tuple(filter(None, phones)),
        emails=tuple(filter(None, emails)),
        organisation=text_in(object_in(card, "org"), "company"),
        is_own=card.get("origin") == "contact_request",
    )


def _interactive(message: dict[str, Any]) -> Content:
    part = needed_object(message, "interactive")
    kind = needed_id(part, "type")
    if kind in ("button_reply", "list_reply"):
        reply = needed_object(part, kind)
        title = needed_text(reply, "title")
        return Choice(choice_id=text_in(reply, "id") or title, title=title, description=text_in(reply, "description"))
    if kind == "nfm_reply":
        return _form(needed_object(part, kind))
    return Unsupported(original=f"interactive/{kind}")


def _form(reply: dict[str, Any]) -> Form:
    """A flow's answers come as JSON inside a string."""
    answers = reply.get("response_json")
    if isinstance(answers, str):
        try:
            answers = read_body(answers.encode())
        except BadInput:
            raise Malformed("response_json is not JSON") from None
    if not isinstance(answers, dict):
        raise Malformed("response_json is not an object")
    return Form(name=text_in(reply, "name"), answers=answers)


def _button(message: dict[str, Any]) -> Choice:
    """A quick reply of a template; its payload is the text where none was set."""
    part = needed_object(message, "button")
    title = needed_text(part, "text")
    return Choice(choice_id=text_in(part, "payload") or title, title=title)


def _reaction(message: dict[str, Any]) -> Reaction:
    part = needed_object(message, "reaction")
    return Reaction(target=needed_id(part, "message_id"), emoji=text_in(part, "emoji"))


def _order(message: dict[str, Any]) -> Order:
    part = needed_object(message, "order")
    items = tuple(
        OrderItem(
            product=needed_text(item, "product_retailer_id"),
            quantity=needed_number(item, "quantity"),
            price=number_in(item, "item_price"),
            currency=text_in(item, "currency"),
        )
        for item in objects_in(part, "product_items")
    )
    return Order(catalogue=text_in(part, "catalog_id"), text=text_in(part, "text"), items=items)


def _identity_change(message: dict[str, Any]) -> IdentityChange:
    part = needed_object(message, "system")
    return IdentityChange(
        reason=text_in(part, "type") or "system",
        new_wa_id=as_wa_id(part.get("wa_id")) or as_wa_id(part.get("new_wa_id")),
        new_user_id=as_user_id(part.get("user_id")),
        previous_user_id=as_user_id(part.get("previous_user_id")),
    )


def _edit(message: dict[str, Any]) -> Edit:
    """A changed text or a changed caption."""
    part = needed_object(message, "edit")
    after = object_in(part, "message")
    kind = text_in(after, "type") or ""
    text = text_in(object_in(after, "text"), "body") or text_in(object_in(after, kind), "caption")
    return Edit(target=needed_id(part, "original_message_id"), text=text)


def _revoke(message: dict[str, Any]) -> Revoke:
    return Revoke(target=needed_id(needed_object(message, "revoke"), "original_message_id"))


def _unsupported(message: dict[str, Any]) -> Unsupported:
    """Meta's own `unsupported`, a type without content, or a known one that Meta could not hand over."""
    kind = text_in(message, "type")
    original = text_in(object_in(message, "unsupported"), "type") if kind == "unsupported" else kind
    return Unsupported(original=original, code=first_code(message))


_READERS: dict[str, Callable[[dict[str, Any]], Content]] = {
    "text": _text,
    **{kind: _media(kind) for kind in get_args(MediaKind)},
    "location": _location,
    "contacts": _cards,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _identity_change,
    "edit": _edit,
    "revoke": _revoke,
    "request_welcome": _unsupported,
    "unsupported": _unsupported,
}
