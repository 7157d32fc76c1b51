"""What is to be sent → the body of a send as Meta wants it (Cloud API, messages, 2026)."""

from collections.abc import Mapping
from typing import Any, assert_never

from remanso.model.outgoing import (
    Button,
    Buttons,
    ContactInfoRequest,
    CtaUrl,
    List,
    LocationRequest,
    Media,
    Outgoing,
    Quoting,
    Reaction,
    Section,
    Text,
)

Json = dict[str, Any]


def encoded(message: Outgoing) -> Json:
    """`type`, the object that it names, and the quote; whoever sends adds the addressee."""
    body = _body(message)
    if isinstance(message, Quoting) and message.quoted is not None:
        body["context"] = {"message_id": message.quoted}
    return body


def _body(message: Outgoing) -> Json:
    match message:
        case Text():
            return {"type": "text", "text": {"preview_url": message.preview_url, "body": message.text}}
        case Media():
            return _media(message)
        case Reaction():
            return {"type": "reaction", "reaction": {"message_id": message.target, "emoji": message.emoji}}
        case Buttons():
            return _interactive("button", message, {"buttons": [_button(button) for button in message.buttons]})
        case List():
            sections = [_section(section) for section in message.sections]
            return _interactive("list", message, {"button": message.label, "sections": sections})
        case CtaUrl():
            parameters = {"display_text": message.label, "url": message.url}
            return _interactive("cta_url", message, {"name": "cta_url", "parameters": parameters})
        case LocationRequest():
            return _interactive("location_request_message", message, {"name": "send_location"})
        case ContactInfoRequest():
            return _interactive("request_contact_info", message, {"name": "request_contact_info"})
        case _:
            assert_never(message)


def _media(media: Media) -> Json:
    file = {"id": media.id, "link": media.link, "caption": media.caption, "filename": media.filename}
    voice = {"voice": True} if media.voice else {}
    return {"type": media.type, media.type: _present(file) | voice}


def _interactive(kind: str, message: Buttons | List | CtaUrl | LocationRequest | ContactInfoRequest, act: Json) -> Json:
    interactive: Json = {"type": kind, "body": {"text": message.text}, "action": act}
    if isinstance(message, (Buttons, List, CtaUrl)):
        if message.header is not None:
            interactive["header"] = {"type": "text", "text": message.header}
        if message.footer is not None:
            interactive["footer"] = {"text": message.footer}
    return {"type": "interactive", "interactive": interactive}


def _button(button: Button) -> Json:
    return {"type": "reply", "reply": {"id": button.id, "title": button.title}}


def _section(section: Section) -> Json:
    rows = [_present({"id": row.id, "title": row.title, "description": row.description}) for row in section.rows]
    return _present({"title": section.title}) | {"rows": rows}


def _present(values: Mapping[str, Any]) -> Json:
    return {key: value for key, value in values.items() if value is not None}
