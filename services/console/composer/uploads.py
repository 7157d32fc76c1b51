"""Files that a person adds to a message: what they are by their own bytes, and whether WhatsApp takes them."""

import io
import zipfile
from dataclasses import dataclass, field
from uuid import UUID

from starlette.datastructures import UploadFile
from uuid_utils.compat import uuid7

from remanso.model.outgoing_files import TAKEN, MediaKind, type_by_name
from services.console.composer.refusals import NotSaid, Refusal

KINDS: tuple[MediaKind, ...] = ("image", "video", "audio", "document")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OFFICE_PARTS = {
    "word/document.xml": f"{_OFFICE}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}.presentationml.presentation",
}
_OLD_OFFICE = {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
_BRANDS = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"3gp": "video/3gpp"}
_NO_FILMS = (b"qt  ", b"heic", b"heix", b"mif1", b"msf1", b"avif")
"""Brands of the same container that WhatsApp does not take: QuickTime, and pictures of newer phones."""
LONGEST_NAME = 200


@dataclass(frozen=True)
class Upload:
    """A file that may be sent as `kind`, under the id that it gets when it is kept."""

    filename: str
    mime_type: str
    kind: MediaKind
    content: bytes = field(repr=False)
    id: UUID = field(default_factory=uuid7)


async def uploaded(file: UploadFile | None, largest: int) -> Upload | None:
    """The file of a form, of at most `largest` bytes. None: none was chosen. Raises NotSaid."""
    if file is None or not file.filename:
        return None
    content = await file.read(largest + 1)
    if len(content) > largest:
        raise NotSaid(Refusal.FILE_LARGE)
    return checked(file.filename, content)


def checked(name: str, content: bytes) -> Upload:
    """Raises NotSaid for what WhatsApp does not take (Cloud API, supported media types, 2026)."""
    mime_type = type_by_content(name, content)
    kind = kind_of(mime_type)
    if mime_type is None or kind is None:
        raise NotSaid(Refusal.FILE_KIND)
    if len(content) > TAKEN[kind][1]:
        raise NotSaid(Refusal.FILE_LARGE)
    return Upload(_plain(name), mime_type, kind, content)


def kind_of(mime_type: str | None) -> MediaKind | None:
    """As what WhatsApp takes it."""
    return next((kind for kind in KINDS if mime_type in TAKEN[kind][0]), None)


def type_by_content(name: str, content: bytes) -> str | None:
    """What a file is by its first bytes; its name decides only between kinds that look alike. None: nothing we send."""
    head, named = content[:512], type_by_name(name)
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office(content)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return named if named in _OLD_OFFICE else None
    return _film(head, named) or _sound(head) or _text(content, named)


def _film(head: bytes, named: str | None) -> str | None:
    brand = head[8:12]
    if head[4:8] != b"ftyp" or brand in _NO_FILMS:
        return None
    by_brand = next((mime_type for sign, mime_type in _BRANDS.items() if brand.startswith(sign)), "video/mp4")
    return "audio/mp4" if named == "audio/mp4" else by_brand


def _sound(head: bytes) -> str | None:
    if head.startswith(b"OggS"):
        return "audio/ogg" if b"OpusHead" in head else None
    if head.startswith(b"#!AMR"):
        return "audio/amr"
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    is_frame = len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06
    return "audio/mpeg" if is_frame else None


def _text(content: bytes, named: str | None) -> str | None:
    """Only what calls itself a text: markup and programs are texts, too."""
    if named not in ("text/plain", "text/csv") or b"\x00" in content:
        return None
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "text/plain"


def _office(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    return next((mime_type for part, mime_type in _OFFICE_PARTS.items() if part in names), None)


def _plain(name: str) -> str:
    """A name without folders and control signs, short enough; its ending stays."""
    last = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable()).strip()
    stem, dot, ending = last.rpartition(".")
    return (f"{stem[:LONGEST_NAME]}{dot}{ending[:10]}" if dot else last[:LONGEST_NAME]) or "file"
