"""The bodies of a send, with the limits Meta documents (WhatsApp Business Platform, messages, 2026).

A validator that raises `PydanticCustomError` with a number as its type names the Graph error code itself; every other
violation is given its code by `rules`.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

INVALID_VALUE = "131009"
INVALID_PARAMETER = "100"


class Shape(BaseModel):
    """A JSON object with exactly these keys: Graph refuses unknown ones."""

    model_config = ConfigDict(extra="forbid", strict=True)


Url = Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$", max_length=2048)]
Caption = Annotated[str, Field(max_length=1024)]
Coordinate = float | int | str


class TextBody(Shape):
    body: str = Field(min_length=1, max_length=4096)
    preview_url: bool = False

    @field_validator("body")
    @classmethod
    def _not_blank(cls, body: str) -> str:
        if not body.strip():
            raise PydanticCustomError(INVALID_PARAMETER, "must be a non-empty string")
        return body


class Media(Shape):
    """Exactly one of an uploaded file's id and a public HTTPS link."""

    id: str | None = None
    link: Url | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Media":
        if (self.id is None) == (self.link is None):
            raise PydanticCustomError(INVALID_PARAMETER, "must have exactly one of 'id' and 'link'")
        return self


class Picture(Media):
    """An image or a video."""

    caption: Caption | None = None


class Audio(Media):
    voice: bool = False


class Document(Media):
    caption: Caption | None = None
    filename: str | None = Field(default=None, max_length=240)


class Sticker(Media):
    pass


class Location(Shape):
    latitude: Coordinate
    longitude: Coordinate
    name: str | None = Field(default=None, max_length=1000)
    address: str | None = Field(default=None, max_length=1000)

    @field_validator("latitude")
    @classmethod
    def _a_latitude(cls, value: Coordinate) -> Coordinate:
        return _within(value, 90)

    @field_validator("longitude")
    @classmethod
    def _a_longitude(cls, value: Coordinate) -> Coordinate:
        return _within(value, 180)


def _within(value: Coordinate, bound: int) -> Coordinate:
    try:
        degrees = float(value)
    except ValueError:
        degrees = float("nan")
    if not -bound <= degrees <= bound:
        raise PydanticCustomError(INVALID_VALUE, f"must be a number from -{bound} to {bound}")
    return value


class PersonName(Shape):
    formatted_name: str = Field(min_length=1)
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None

    @model_validator(mode="after")
    def _more_than_formatted(self) -> "PersonName":
        if not any((self.first_name, self.middle_name, self.last_name, self.prefix, self.suffix)):
            raise PydanticCustomError(INVALID_VALUE, "needs one more name part beside formatted_name")
        return self


class Card(Shape):
    """One contact card. What lies below the name is passed through by Meta, so it is not looked into here."""

    name: PersonName
    phones: list[dict[str, Any]] = Field(default_factory=list)
    emails: list[dict[str, Any]] = Field(default_factory=list)
    addresses: list[dict[str, Any]] = Field(default_factory=list)
    urls: list[dict[str, Any]] = Field(default_factory=list)
    org: dict[str, Any] | None = None
    birthday: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")


class Reaction(Shape):
    message_id: str = Field(min_length=1)
    emoji: str = Field(max_length=32)

    @field_validator("emoji")
    @classmethod
    def _an_emoji(cls, emoji: str) -> str:
        # Emoji with ASCII in them exist (keycaps), but each holds something beyond ASCII and no letters.
        if emoji and (emoji.isascii() or re.search(r"[A-Za-z\s]", emoji)):
            raise PydanticCustomError(INVALID_VALUE, "must be one emoji, or empty to remove the reaction")
        return emoji


class QuotedMessage(Shape):
    message_id: str = Field(min_length=1)


class TypingIndicator(Shape):
    type: Literal["text"]


class ReadReceipt(Shape):
    """The body that marks a message as read and perhaps shows "typing…" (same URL as a send)."""

    messaging_product: Literal["whatsapp"]
    status: Literal["read"]
    message_id: str = Field(min_length=1)
    typing_indicator: TypingIndicator | None = None
