"""One line about a message: what the list shows under a name. Pure."""

from collections.abc import Mapping
from typing import Any

from services.console.pages.chat import plain

_GLYPHS = {
    "image": "image",
    "sticker": "smile",
    "video": "video",
    "audio": "mic",
    "document": "file-text",
    "location": "map-pin",
    "cards": "user",
    "form": "list",
    "order": "store",
    "reaction": "smile",
    "buttons": "list",
    "list": "list",
    "template": "file-text",
}


def last_line(content: Mapping[str, Any] | None) -> tuple[str, str]:
    """(icon, words) of a message's content; words are empty where only the kind says something."""
    if not content:
        return "", ""
    words = content.get("text") or content.get("caption") or content.get("title") or content.get("filename")
    words = words or content.get("name") or content.get("emoji") or ""
    return _GLYPHS.get(str(content.get("kind")), ""), plain(" ".join(str(words).split()))[:160]
