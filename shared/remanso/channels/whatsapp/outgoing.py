"""What is to be sent → the body of a send as Meta wants it (Cloud API, messages, 2026)."""

from collections.abc import Mapping
from typing import Any, assert_never

from remanso.model.outgoing import (
    Button,
    Buttons,
    Card,
    Cards,
    ContactInfoRequest,
    CtaUrl,
    Flow,
    List,
    Location,
    LocationRequest,
    Media,
    Outgoing,
    Quoting,
    Reaction,
    Section,
    Template,
    Text,
)
from remanso.model.outgoing_files import HeaderFile
from remanso.model.outgoing_template import HeaderPlace, TemplateButton

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
        case Location():
            return {"type": "location", "location": _place(message)}
        case Cards():
            return {"type": "contacts", "contacts": [_card(card) for card in message.cards]}
        case Template():
            return {"type": "template", "template": _template(message)}
        case Flow():
            return _interactive("flow", message, {"name": "flow", "parameters": _flow(message)})
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


def _interactive(
    kind: str, message: Buttons | List | CtaUrl | LocationRequest | ContactInfoRequest | Flow, act: Json
) -> Json:
    interactive: Json = {"type": kind, "body": {"text": message.text}, "action": act}
    if isinstance(message, (Buttons, List, CtaUrl, Flow)):
        if isinstance(message.header, HeaderFile):
            interactive["header"] = _header_file(message.header)
        elif message.header is not None:
            interactive["header"] = {"type": "text", "text": message.header}
        if message.footer is not None:
            interactive["footer"] = {"text": message.footer}
    return {"type": "interactive", "interactive": interactive}


def _button(button: Button) -> Json:
    return {"type": "reply", "reply": {"id": button.id, "title": button.title}}


def _section(section: Section) -> Json:
    rows = [_present({"id": row.id, "title": row.title, "description": row.description}) for row in section.rows]
    return _present({"title": section.title}) | {"rows": rows}


def _header_file(file: HeaderFile) -> Json:
    return {"type": file.type, file.type: _present({"id": file.id, "link": file.link, "filename": file.filename})}


def _place(place: Location | HeaderPlace) -> Json:
    told = {"latitude": place.latitude, "longitude": place.longitude, "name": place.name, "address": place.address}
    return _present(told)


def _card(card: Card) -> Json:
    phones = [_present({"phone": one.phone, "type": one.kind, "wa_id": one.wa_id}) for one in card.phones]
    name = {"formatted_name": card.name, "first_name": card.first_name, "last_name": card.last_name}
    parts: Json = {
        "phones": phones,
        "emails": [{"email": email} for email in card.emails],
        "org": {"company": card.company} if card.company else None,
        "urls": [{"url": card.url}] if card.url else None,
    }
    return {"name": _present(name), **{key: value for key, value in parts.items() if value}}


def _flow(flow: Flow) -> Json:
    parameters: Json = {
        "flow_message_version": "3",
        "flow_id": flow.flow_id,
        "flow_token": flow.token,
        "flow_cta": flow.label,
        "flow_action": "navigate",
    }
    if flow.screen is not None:
        parameters["flow_action_payload"] = _present({"screen": flow.screen, "data": flow.data})
    return parameters


def _template(template: Template) -> Json:
    """Only gaps are sent: a part of the template without any is left out."""
    components: list[Json] = []
    if template.header is not None:
        components.append({"type": "header", "parameters": [_header_gap(template)]})
    if template.body:
        components.append({"type": "body", "parameters": _body_gaps(template)})
    components += [_template_button(button) for button in template.buttons]
    named = {"name": template.name, "language": {"code": template.language}}
    return named | ({"components": components} if components else {})


def _header_gap(template: Template) -> Json:
    match template.header:
        case HeaderFile() as file:
            return _header_file(file)
        case HeaderPlace() as place:
            return {"type": "location", "location": _place(place)}
        case text:
            return _present({"type": "text", "parameter_name": template.header_name, "text": text})


def _body_gaps(template: Template) -> list[Json]:
    if isinstance(template.body, dict):
        return [{"type": "text", "parameter_name": name, "text": text} for name, text in template.body.items()]
    return [{"type": "text", "text": text} for text in template.body]


def _template_button(button: TemplateButton) -> Json:
    kind = {"url": "text", "quick_reply": "payload", "copy_code": "coupon_code"}[button.type]
    parameter = {"type": kind, kind: button.value}
    return {"type": "button", "sub_type": button.type, "index": str(button.index), "parameters": [parameter]}


def _present(values: Mapping[str, Any]) -> Json:
    return {key: value for key, value in values.items() if value is not None}
