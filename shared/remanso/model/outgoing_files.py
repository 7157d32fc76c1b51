"""Files in what we send: by the id of an upload, by a public link, as a file of the client's own folder, or attached.

What WhatsApp takes, and how large it may be, is checked before a byte is sent (Cloud API, supported media types, 2026).
"""

import mimetypes
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Discriminator, StringConstraints, Tag, field_validator, model_validator

from remanso.errors import BadInput
from remanso.model.outgoing_base import Link, Margin, Quoting

MediaKind = Literal["image", "video", "audio", "document", "sticker"]
MediaId = Annotated[str, StringConstraints(min_length=1, max_length=256)]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=240)]
OwnFile = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00][^\\\x00]*$", max_length=512)]

_MEGABYTE = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
TAKEN: dict[str, tuple[frozenset[str], int]] = {
    "image": (frozenset({"image/jpeg", "image/png"}), 5 * _MEGABYTE),
    "audio": (frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}), 16 * _MEGABYTE),
    "video": (frozenset({"video/mp4", "video/3gpp"}), 16 * _MEGABYTE),
    "document": (
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                f"{_OFFICE}.wordprocessingml.document",
                f"{_OFFICE}.spreadsheetml.sheet",
                f"{_OFFICE}.presentationml.presentation",
            }
        ),
        100 * _MEGABYTE,
    ),
    "sticker": (frozenset({"image/webp"}), 500 * 1024),
}
"""MIME types and bytes of each kind. A sticker that does not move may have 100 KB only."""
LARGEST_STILL_STICKER = 100 * 1024
# What Python's table does not know, or knows by another name.
_TYPES = {".webp": "image/webp", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".m4a": "audio/mp4", ".aac": "audio/aac",
          ".amr": "audio/amr", ".3gp": "video/3gpp", ".docx": f"{_OFFICE}.wordprocessingml.document",
          ".xlsx": f"{_OFFICE}.spreadsheetml.sheet", ".pptx": f"{_OFFICE}.presentationml.presentation"}  # fmt: skip


class Media(Quoting):
    """A file: by the id of its upload (30 days), by a public link that Meta fetches, by its path in the client's
    folder, or by the id of an attachment; from both of these it is uploaded once and sent by its id. Exactly one."""

    type: MediaKind
    id: MediaId | None = None
    link: Link | None = None
    file: OwnFile | None = None
    attachment: UUID | None = None
    """A file that a person of the team sends, kept in `attachments`."""
    caption: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None
    """Images, videos and documents only."""
    filename: FileName | None = None
    """Documents only."""
    voice: bool = False
    """Audio only: shown as a voice message. It must be ogg with opus then."""

    @field_validator("file")
    @classmethod
    def _stays_inside(cls, file: str | None) -> str | None:
        if file is not None and ".." in file.split("/"):
            raise ValueError("must lie in the client's folder")
        return file

    @model_validator(mode="after")
    def _has_what_its_kind_has(self) -> "Media":
        if sum(source is not None for source in (self.id, self.link, self.file, self.attachment)) != 1:
            raise ValueError("exactly one of `id`, `link`, `file` and `attachment` is needed")
        if self.caption is not None and self.type in ("audio", "sticker"):
            raise ValueError(f"`caption` is not possible with {self.type}")
        if self.filename is not None and self.type != "document":
            raise ValueError(f"`filename` is not possible with {self.type}")
        if self.voice and self.type != "audio":
            raise ValueError(f"`voice` is not possible with {self.type}")
        return self


class HeaderFile(BaseModel):
    """A file above an interactive message or in a template's header."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["image", "video", "document"]
    id: MediaId | None = None
    link: Link | None = None
    filename: FileName | None = None
    """Documents only."""

    @model_validator(mode="after")
    def _one_source(self) -> "HeaderFile":
        if (self.id is None) == (self.link is None):
            raise ValueError("exactly one of `id` and `link` is needed")
        if self.filename is not None and self.type != "document":
            raise ValueError(f"`filename` is not possible with {self.type}")
        return self


def _form_of_header(value: object) -> str:
    return "[text]" if isinstance(value, str) else "[file]"


HeaderOfBody = Annotated[
    Annotated[Margin, Tag("[text]")] | Annotated[HeaderFile, Tag("[file]")], Discriminator(_form_of_header)
]
"""What may stand above buttons and links: a text or a file."""


def checked_type(kind: MediaKind, name: str, size: int, *, voice: bool = False, moves: bool = False) -> str:
    """The MIME type of a file called `name` of `size` bytes, to be sent as `kind`.

    Raises BadInput naming the limit that was passed.
    """
    mime_type = type_by_name(name) or "of an unknown kind"
    types, largest = TAKEN[kind]
    if voice:
        types = frozenset({"audio/ogg"})
    if mime_type not in types:
        raise BadInput(f"a file that is {mime_type} cannot be sent as {'voice' if voice else kind}")
    if kind == "sticker" and not moves:
        largest = LARGEST_STILL_STICKER
    if not 0 < size <= largest:
        raise BadInput(f"{kind} may have from 1 to {largest} bytes, this file has {size}")
    return mime_type


def type_by_name(name: str) -> str | None:
    """The MIME type that a file's name promises."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0]
