"""A message as one line of text, whichever side it comes from: both put the content of a `type` under its name."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


def plain_text(message: Json) -> str:
    """What a person would read; empty where there is nothing to read (a sticker, a sound)."""
    kind = message.get("type", "text")
    content = message.get(kind)
    read = _READERS.get(kind, _caption)
    try:
        return str(read(content) or "")
    except (KeyError, TypeError, IndexError, AttributeError):
        return ""  # raw messages of a test may have any shape


def _caption(media: Json) -> str | None:
    return media.get("caption") or media.get("filename")


def _location(place: Json) -> str:
    named = [str(place[key]) for key in ("name", "address") if place.get(key)]
    return ", ".join(named) or f"{place['latitude']}, {place['longitude']}"


def _contacts(cards: list[Json]) -> str:
    return ", ".join(card["name"]["formatted_name"] for card in cards)


def _interactive(content: Json) -> str:
    reply = content.get("button_reply") or content.get("list_reply")
    return str(reply["title"] if reply else (content.get("nfm_reply") or {}).get("body") or content["body"]["text"])


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": lambda text: text["body"],
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": lambda button: button["text"],
    "reaction": lambda reaction: reaction.get("emoji"),
    "order": lambda order: order.get("text"),
    "system": lambda system: system.get("body"),
    "edit": lambda edit: plain_text(edit["message"]),
    "template": lambda template: template["name"],
}
