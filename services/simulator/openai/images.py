"""Pictures inside a request: what OpenAI takes, and what the rules can tell of one.

Sources: request types and error codes of openai-python 3.54 (`ResponseError.code`), OpenAI's guide to images, 2026.
"""

import base64
import binascii
import re
import struct
from typing import Any

from pydantic_core import PydanticCustomError

LARGEST = 50 * 1024 * 1024
SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "gif": b"GIF8", "webp": b"RIFF"}

_DATA_URL = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,(?P<data>.*)", re.DOTALL)


def checked_url(url: str) -> str:
    """The URL, if a model could look at what it names: a public address, or a whole picture as a data URL."""
    if url.startswith("https://"):
        return url
    found = _DATA_URL.fullmatch(url)
    if found is None:
        raise PydanticCustomError("invalid_image_url", "neither an https address nor a base64 data URL")
    kind = found["type"].removeprefix("image/")
    if kind not in SIGNATURES:
        raise PydanticCustomError("unsupported_image_media_type", "PNG, JPEG, GIF and WEBP are taken")
    content = _decoded(found["data"])
    if not content:
        raise PydanticCustomError("empty_image_file", "there is nothing in it")
    if len(content) > LARGEST:
        raise PydanticCustomError("image_too_large", "at most 50 MB")
    if not content.startswith(SIGNATURES[kind]):
        raise PydanticCustomError("image_parse_error", "the bytes are of another kind than the URL says")
    return url


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("invalid_base64_image", "not base64") from None


def seen(url: str | None) -> str:
    """One line of what the rules see in a picture: its kind, and its size where the first bytes tell it (PNG)."""
    found = _DATA_URL.fullmatch(url or "")
    if found is None:
        return "[image seen]"
    content = _decoded(found["data"])
    kind = found["type"].removeprefix("image/").upper()
    if kind != "PNG" or len(content) < 24:
        return f"[image seen: {kind}]"
    width, height = struct.unpack_from(">II", content, 16)
    return f"[image seen: {kind} {width}×{height}]"


def without_pictures(value: Any) -> Any:
    """A part of a request with its pictures left out: they are counted by their size on screen, not as text."""
    if isinstance(value, dict):
        return {key: without_pictures(part) for key, part in value.items()}
    if isinstance(value, list):
        return [without_pictures(part) for part in value]
    return value[:40] if isinstance(value, str) and value.startswith("data:image/") else value
