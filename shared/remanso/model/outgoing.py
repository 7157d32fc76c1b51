"""What a business can send: one class for each kind, with the channel's limits checked when it is made.

`type` is the discriminator in a delivery's payload. The limits are those of the Cloud API (Meta docs, messages and
interactive messages, 2026); the encoder to Meta's own JSON lives with the channel.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, field_validator, model_validator

from remanso.model.outgoing_base import (
    Body,
    Link,
    LongBody,
    Margin,
    OutgoingBase,
    RowTitle,
    Short,
    Wamid,
    limits_told,
    refuse_repeated,
)
from remanso.model.outgoing_base import Quoting as Quoting
from remanso.model.outgoing_files import HeaderOfBody
from remanso.model.outgoing_files import Media as Media
from remanso.model.outgoing_template import Template as Template

MOST_BUTTONS = 3
MOST_ROWS = 10
"""Rows of a list, in all its sections together."""


class Text(Quoting):
    type: Literal["text"] = "text"
    text: Annotated[str, StringConstraints(max_length=4096)]
    preview_url: bool = False
    """Whether the first link in it is shown with a preview."""

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("must say something")
        return text


class Button(BaseModel):
    """A tap on it comes back as a `Choice` with the same id and title."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
    title: Short


class Buttons(Quoting):
    type: Literal["buttons"] = "buttons"
    text: Body
    buttons: Annotated[tuple[Button, ...], Field(min_length=1, max_length=MOST_BUTTONS)]
    header: HeaderOfBody | None = None
    footer: Margin | None = None

    @field_validator("buttons")
    @classmethod
    def _all_different(cls, buttons: tuple[Button, ...]) -> tuple[Button, ...]:
        refuse_repeated("id", [button.id for button in buttons])
        refuse_repeated("title", [button.title for button in buttons])
        return buttons


class Row(BaseModel):
    """A tap on it comes back as a `Choice` with the same id, title and description."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    title: RowTitle
    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=72)] | None = None


class Section(BaseModel):
    """`title` is needed where there is more than one section."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=MOST_ROWS)]
    title: RowTitle | None = None


class List(Quoting):
    """A text with a button, `label`, that opens the rows to choose from."""

    type: Literal["list"] = "list"
    text: LongBody
    label: Short
    sections: Annotated[tuple[Section, ...], Field(min_length=1, max_length=MOST_ROWS)]
    header: Margin | None = None
    footer: Margin | None = None

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    @model_validator(mode="after")
    def _fits_in_all(self) -> "List":
        if len(self.rows) > MOST_ROWS:
            raise ValueError(f"at most {MOST_ROWS} rows in all sections together")
        if len(self.sections) > 1 and not all(section.title for section in self.sections):
            raise ValueError("every section needs a title where there is more than one")
        refuse_repeated("id", [row.id for row in self.rows])
        return self


class CtaUrl(Quoting):
    """A text with a button that opens a web page."""

    type: Literal["cta_url"] = "cta_url"
    text: Body
    label: Short
    url: Link
    header: HeaderOfBody | None = None
    footer: Margin | None = None


class LocationRequest(Quoting):
    """A text with a button that lets the contact share where they are; the answer is a `Location`."""

    type: Literal["location_request"] = "location_request"
    text: Body


class ContactInfoRequest(Quoting):
    """A text with a button that lets the contact share their own number; the answer is a card with `is_own`."""

    type: Literal["contact_info_request"] = "contact_info_request"
    text: Body


class Location(Quoting):
    """A place on the map, in degrees (WGS 84)."""

    type: Literal["location"] = "location"
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None
    address: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = None


class Phone(BaseModel):
    """A number on a card. With the `wa_id` it belongs to, WhatsApp offers to write to it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    kind: Literal["CELL", "MAIN", "IPHONE", "HOME", "WORK"] | None = None
    wa_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{5,20}$")] | None = None


class Card(BaseModel):
    """Somebody to write to. Meta wants one more name beside the whole one: `first_name` or `last_name`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
    first_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)] | None = None
    last_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)] | None = None
    phones: tuple[Phone, ...] = ()
    emails: tuple[Annotated[str, StringConstraints(min_length=3, max_length=320)], ...] = ()
    company: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None
    url: Link | None = None

    @model_validator(mode="after")
    def _has_a_second_name(self) -> "Card":
        if self.first_name is None and self.last_name is None:
            raise ValueError("`first_name` or `last_name` is needed beside `name`")
        return self


class Cards(Quoting):
    """Contact cards."""

    type: Literal["contacts"] = "contacts"
    cards: Annotated[tuple[Card, ...], Field(min_length=1, max_length=257)]


class Flow(Quoting):
    """A text with a button, `label`, that opens a form of the business. What was filled in comes back as a `Form`.

    `token` comes back with it. `screen` is where the form opens, with `data` in its fields.
    """

    type: Literal["flow"] = "flow"
    text: Body
    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
    flow_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")]
    token: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    screen: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=64)] | None = None
    data: dict[str, Any] | None = None
    header: Margin | None = None
    footer: Margin | None = None


class Reaction(OutgoingBase):
    """An emoji on an earlier message; an empty one takes the reaction back. Not for reactions themselves."""

    type: Literal["reaction"] = "reaction"
    target: Wamid
    emoji: Annotated[str, StringConstraints(max_length=32)]

    @field_validator("emoji")
    @classmethod
    def _an_emoji(cls, emoji: str) -> str:
        # Some emoji have ASCII in them (keycaps), but none consists of it, and none holds a letter or a space.
        plain = any(char.isspace() or (char.isascii() and char.isalpha()) for char in emoji)
        if emoji and (emoji.isascii() or plain):
            raise ValueError("must be one emoji, or empty")
        return emoji


Outgoing = (
    Text
    | Media
    | Location
    | Cards
    | Buttons
    | List
    | CtaUrl
    | LocationRequest
    | ContactInfoRequest
    | Flow
    | Reaction
    | Template
)

_OUTGOING: TypeAdapter[Outgoing] = TypeAdapter(Annotated[Outgoing, Field(discriminator="type")])


def read_outgoing(payload: Mapping[str, Any]) -> Outgoing:
    """The message in a delivery's payload. Raises BadInput, whose text repeats nothing of the payload."""
    with limits_told():
        return _OUTGOING.validate_python(dict(payload))
