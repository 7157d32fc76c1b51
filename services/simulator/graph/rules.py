"""Whether Meta would accept the body of a request, and if not, with which error."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from services.simulator.graph.interactive import Interactive
from services.simulator.graph.refusals import Refusal, invalid_parameter
from services.simulator.graph.shapes import (
    INVALID_PARAMETER,
    INVALID_VALUE,
    Audio,
    Card,
    Document,
    Location,
    Media,
    Picture,
    QuotedMessage,
    Reaction,
    ReadReceipt,
    Shape,
    Sticker,
    TextBody,
)
from services.simulator.graph.template_body import TemplateBody
from services.simulator.phone_book import BSUID

Kind = Literal[
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
]
# Inside these objects Graph checks parameters itself (code 100); elsewhere WhatsApp does (131008, 131009).
_CHECKED_BY_GRAPH = {"text", "image", "video", "audio", "document", "sticker", "template", "context"}


class Send(Shape):
    """The body of a send: an addressee, a type, and the one object that the type names."""

    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: str | None = None
    recipient: str | None = None
    type: Kind = "text"
    context: QuotedMessage | None = None
    biz_opaque_callback_data: str | None = Field(default=None, max_length=512)
    recipient_identity_key_hash: str | None = None
    text: TextBody | None = None
    image: Picture | None = None
    video: Picture | None = None
    audio: Audio | None = None
    document: Document | None = None
    sticker: Sticker | None = None
    location: Location | None = None
    contacts: list[Card] | None = Field(default=None, min_length=1)
    reaction: Reaction | None = None
    interactive: Interactive | None = None
    template: TemplateBody | None = None

    @field_validator("to")
    @classmethod
    def _a_phone(cls, to: str | None) -> str | None:
        if to is not None and not re.fullmatch(r"\d{7,15}", dialled(to)):
            raise PydanticCustomError(INVALID_VALUE, "must be a phone number with country code")
        return to

    @field_validator("recipient")
    @classmethod
    def _a_bsuid(cls, recipient: str | None) -> str | None:
        if recipient is not None and not BSUID.match(recipient):
            raise PydanticCustomError(INVALID_VALUE, "must be a business-scoped user id")
        return recipient

    @model_validator(mode="after")
    def _whole(self) -> "Send":
        if self.to is None and self.recipient is None:
            raise PydanticCustomError(INVALID_PARAMETER, "The parameter to is required.")
        if getattr(self, self.type) is None:
            raise PydanticCustomError("131008", f"{self.type} is required for a message of type {self.type}")
        present = self.model_fields_set & set(get_args(Kind))
        foreign = sorted(present - {self.type})
        if foreign:
            raise PydanticCustomError(INVALID_PARAMETER, f"Unexpected key {foreign[0]!r} beside type {self.type!r}")
        if self.type == "reaction" and self.context is not None:
            raise PydanticCustomError(INVALID_VALUE, "context is not possible with a reaction")
        return self

    @property
    def media(self) -> tuple[str, Media] | None:
        """The kind and source of the file this message shows, if it is one."""
        body = getattr(self, self.type)
        return (self.type, body) if isinstance(body, Media) else None

    def header_media(self) -> Iterator[tuple[str, str]]:
        """Kind and id of the uploaded files above an interactive message or in a template's header."""
        header = getattr(self.interactive, "header", None)
        for kind in ("image", "video", "document"):
            file = getattr(header, kind, None)
            if file is not None and file.id is not None:
                yield kind, file.id
        for parameter in self.template.header if self.template else []:
            shown = getattr(parameter, parameter.type, None)
            if isinstance(shown, dict) and isinstance(shown.get("id"), str):
                yield parameter.type, shown["id"]


def dialled(phone: str) -> str:
    """A phone number as digits; `+`, `-`, brackets and spaces are allowed in the body of a send."""
    return re.sub(r"[+\-() ]", "", phone)


def read_request(body: Any) -> Send | ReadReceipt:
    """The checked body of a POST to `/{phone_number_id}/messages`. Raises `Refusal` like Meta."""
    if not isinstance(body, dict):
        raise invalid_parameter("The request body must be a JSON object.")
    shape = ReadReceipt if "status" in body else Send
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise _as_refusal(error.errors(include_url=False)[0]) from None


def _as_refusal(error: ErrorDetails) -> Refusal:
    path = _without_tags(error["loc"])
    name, kind = _parameter(path), error["type"]
    if kind.isdigit():
        details = f"{name} {error['msg']}".strip()
        return invalid_parameter(details) if kind == INVALID_PARAMETER else Refusal(int(kind), details)
    if kind == "extra_forbidden":
        where = f' on param "{_parameter(path[:-1])}"' if path[:-1] else ""
        return invalid_parameter(f'Unexpected key "{path[-1]}"{where}.')
    if kind == "missing":
        return invalid_parameter(f"The parameter {name} is required.") if len(path) == 1 else Refusal(131008, name)
    if len(path) == 1 or path[0] in _CHECKED_BY_GRAPH:
        return invalid_parameter(f"Param {name} is not valid: {error['msg']}.")
    return Refusal(131009, f"{name}: {error['msg']}")


def _without_tags(loc: tuple[int | str, ...]) -> list[int | str]:
    """Pydantic writes the chosen member of a union into the path, behind the union's key; Meta does not."""
    return [part for before, part in zip(("", *loc), loc, strict=False) if before not in ("interactive", "header")]


def _parameter(path: list[int | str]) -> str:
    """A path as Graph writes it: `interactive['action']['buttons'][0]['reply']['title']`."""
    if not path:
        return ""
    return str(path[0]) + "".join(f"[{part}]" if isinstance(part, int) else f"['{part}']" for part in path[1:])
