"""What a business can send: one class for each kind, with the channel's limits checked when it is made.

`type` is the discriminator in a delivery's payload. The limits are those of the Cloud API (Meta docs, messages and
interactive messages, 2026); the encoder to Meta's own JSON lives with the channel.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from remanso.errors import BadInput

MOST_BUTTONS = 3
MOST_ROWS = 10
"""Rows of a list, in all its sections together."""

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
RowTitle = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=24)]
Margin = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024)]
LongBody = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)]
Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+\S*$", max_length=2048)]
Wamid = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class OutgoingBase(BaseModel):
    """Frozen; unknown keys are ignored so that an older sender survives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def payload(self) -> dict[str, Any]:
        """As it is stored in a delivery; `read_outgoing` reads it back."""
        return self.model_dump(mode="json", exclude_none=True)

    def words(self) -> list[str]:
        """Everything in it that somebody wrote or chose, as opposed to its form."""
        return list(_strings({key: value for key, value in self.payload().items() if key != "type"}))


class Quoting(OutgoingBase):
    """A message that may reply to an earlier one, whose wamid is `quoted`."""

    quoted: Wamid | None = None


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


class Media(Quoting):
    """A file, by the id of its upload (30 days) or by a public link that Meta fetches; exactly one of the two."""

    type: Literal["image", "video", "audio", "document", "sticker"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = None
    link: Link | None = None
    caption: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None
    """Images, videos and documents only."""
    filename: Annotated[str, StringConstraints(min_length=1, max_length=240)] | None = None
    """Documents only."""
    voice: bool = False
    """Audio only: shown as a voice message. It must be ogg with opus then."""

    @model_validator(mode="after")
    def _has_what_its_kind_has(self) -> "Media":
        if (self.id is None) == (self.link is None):
            raise ValueError("exactly one of `id` and `link` is needed")
        if self.caption is not None and self.type in ("audio", "sticker"):
            raise ValueError(f"`caption` is not possible with {self.type}")
        if self.filename is not None and self.type != "document":
            raise ValueError(f"`filename` is not possible with {self.type}")
        if self.voice and self.type != "audio":
            raise ValueError(f"`voice` is not possible with {self.type}")
        return self


class Button(BaseModel):
    """A tap on it comes back as a `Choice` with the same id and title."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=256)]
    title: Short


class Buttons(Quoting):
    type: Literal["buttons"] = "buttons"
    text: Body
    buttons: Annotated[tuple[Button, ...], Field(min_length=1, max_length=MOST_BUTTONS)]
    header: Margin | None = None
    footer: Margin | None = None

    @field_validator("buttons")
    @classmethod
    def _all_different(cls, buttons: tuple[Button, ...]) -> tuple[Button, ...]:
        _refuse_repeated("id", [button.id for button in buttons])
        _refuse_repeated("title", [button.title for button in buttons])
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
        _refuse_repeated("id", [row.id for row in self.rows])
        return self


class CtaUrl(Quoting):
    """A text with a button that opens a web page."""

    type: Literal["cta_url"] = "cta_url"
    text: Body
    label: Short
    url: Link
    header: Margin | None = None
    footer: Margin | None = None


class LocationRequest(Quoting):
    """A text with a button that lets the contact share where they are; the answer is a `Location`."""

    type: Literal["location_request"] = "location_request"
    text: Body


class ContactInfoRequest(Quoting):
    """A text with a button that lets the contact share their own number; the answer is a card with `is_own`."""

    type: Literal["contact_info_request"] = "contact_info_request"
    text: Body


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


Outgoing = Text | Media | Buttons | List | CtaUrl | LocationRequest | ContactInfoRequest | Reaction

_OUTGOING: TypeAdapter[Outgoing] = TypeAdapter(Annotated[Outgoing, Field(discriminator="type")])


def read_outgoing(payload: Mapping[str, Any]) -> Outgoing:
    """The message in a delivery's payload. Raises BadInput, whose text repeats nothing of the payload."""
    with limits_told():
        return _OUTGOING.validate_python(dict(payload))


@contextmanager
def limits_told() -> Iterator[None]:
    """Makes BadInput of what pydantic says about a message, in a sentence and without the values."""
    try:
        yield
    except ValidationError as problem:
        raise BadInput("; ".join(map(_told, problem.errors()))) from None


def _told(error: Any) -> str:
    path = ".".join(map(str, error["loc"]))
    said = str(error["msg"]).removeprefix("Value error, ")
    if error["type"].startswith("union_tag"):
        return "`type` names no kind of message"
    return f"{path}: {said}" if path else said


def _refuse_repeated(what: str, values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValueError(f"the same {what} stands here twice")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
