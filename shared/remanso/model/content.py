"""What one message says, whatever channel it came through.

Every kind a channel can deliver is one class here; `kind` is the discriminator on the wire and in the database.
A message of a kind nobody knows yet is `Unsupported`: it is stored and named to the model, never dropped.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class ContentBase(BaseModel):
    """Frozen; unknown keys are ignored so that an older reader survives a newer writer.

    No number is infinite: JSON has none, and a reader would get `null` instead.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Text(ContentBase):
    kind: Literal["text"] = "text"
    text: str


class Media(ContentBase):
    """A file the contact sent. `media_id` is the channel's handle (WhatsApp keeps it for 7 days)."""

    kind: Literal["image", "video", "audio", "document", "sticker"]
    media_id: str
    mime_type: str | None = None
    sha256: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool = False
    animated: bool = False


class Location(ContentBase):
    """Degrees, WGS 84."""

    kind: Literal["location"] = "location"
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None


class Card(ContentBase):
    """One shared contact card."""

    name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organisation: str | None = None
    is_own: bool = False
    """True when the contact answered a request for their own number."""


class Cards(ContentBase):
    kind: Literal["cards"] = "cards"
    cards: tuple[Card, ...]


class Choice(ContentBase):
    """A tap on something we offered: a reply button, a list row, a template's quick reply."""

    kind: Literal["choice"] = "choice"
    choice_id: str
    title: str
    description: str | None = None


class Form(ContentBase):
    """A filled form (WhatsApp Flow or address). `answers` are the fields as the channel gave them."""

    kind: Literal["form"] = "form"
    name: str | None = None
    answers: dict[str, Any] = {}


class Reaction(ContentBase):
    """An emoji on an earlier message; `emoji` is None when a reaction was taken back."""

    kind: Literal["reaction"] = "reaction"
    target: str
    emoji: str | None = None


class OrderItem(ContentBase):
    product: str
    quantity: float
    price: float | None = None
    currency: str | None = None


class Order(ContentBase):
    kind: Literal["order"] = "order"
    catalogue: str | None = None
    text: str | None = None
    items: tuple[OrderItem, ...] = ()


class IdentityChange(ContentBase):
    """The channel tells that this person has a new number or user id."""

    kind: Literal["identity_change"] = "identity_change"
    reason: str
    new_wa_id: str | None = None
    new_user_id: str | None = None
    previous_user_id: str | None = None


class Edit(ContentBase):
    """The contact edited an earlier message. Recorded; it starts no turn."""

    kind: Literal["edit"] = "edit"
    target: str
    text: str | None = None


class Revoke(ContentBase):
    """The contact deleted an earlier message. Recorded; it starts no turn."""

    kind: Literal["revoke"] = "revoke"
    target: str


class Unsupported(ContentBase):
    """Something the channel or we cannot show; `original` is the name the channel gave it, when it gave one."""

    kind: Literal["unsupported"] = "unsupported"
    original: str | None = None
    code: int | None = None


Content = Annotated[
    Text | Media | Location | Cards | Choice | Form | Reaction | Order | IdentityChange | Edit | Revoke | Unsupported,
    Field(discriminator="kind"),
]

QUIET_KINDS = frozenset({"reaction", "identity_change", "edit", "revoke"})
"""Kinds that ask for no answer, unless a client's emoji policy has one for a reaction: they wait, are taken with the
next burst, and they do not restart the 24-hour window (whether a reaction does is unconfirmed, so it counts not)."""


def opens_burst(content: Content) -> bool:
    """Whether this content asks for an answer by itself."""
    return content.kind not in QUIET_KINDS


def looks_finished(content: Content) -> bool:
    """Whether the contact has probably said all for now: a tap, a form, or a text that ends in a question mark."""
    if isinstance(content, (Choice, Form, Order)):
        return True
    return isinstance(content, Text) and content.text.rstrip().endswith("?")
