"""Everything that contacts say and we send is shown in a dialog by what it holds, not by the name of its kind."""

from types import SimpleNamespace
from typing import Any, get_args

import pytest

from remanso.model.content import Content
from remanso.model.outgoing import Outgoing, read_outgoing
from services.console.pages.pages import Pages

_CARD = {"name": "Lucía Paz", "phones": ["+54 11 5555-0199"], "emails": ["lucia@example.org"], "organisation": "Panes"}
_FILE = {"media_id": "1", "caption": "un epígrafe", "filename": "plan.pdf"}
SAID: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"kind": "text", "text": "Hola *vos*"}, ("Hola <b>vos</b>",)),
    *(({"kind": kind, **_FILE}, ("media/1", "un epígrafe")) for kind in ("image", "video", "audio", "document")),
    ({"kind": "sticker", "media_id": "1"}, ("media/1", "Sticker")),
    ({"kind": "location", "latitude": -34.612345678, "longitude": 2.5, "name": None}, ("-34.61235, 2.50000",)),
    ({"kind": "cards", "cards": [_CARD]}, ("Lucía Paz", "5555-0199", "lucia@example.org", "Panes")),
    ({"kind": "choice", "choice_id": "a", "title": "Excel", "description": "8 clases"}, ("Excel", "8 clases")),
    ({"kind": "form", "answers": {"turno": "mañana"}}, ("turno", "mañana")),
    ({"kind": "reaction", "target": "x", "emoji": "👍"}, ("👍",)),
    ({"kind": "order", "items": [{"product": "pan", "quantity": 2}]}, ("2 × pan",)),
    ({"kind": "identity_change", "reason": "x"}, ("Cambió de número",)),
    ({"kind": "edit", "target": "x", "text": "otra cosa"}, ("otra cosa",)),
    ({"kind": "revoke", "target": "x"}, ("Borró un mensaje",)),
    ({"kind": "unsupported"}, ("Algo que no se puede mostrar",)),
)
_ROWS = [{"id": "a", "title": "Excel inicial", "description": "8 clases"}]
SENT: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    ({"type": "text", "text": "Hola"}, ("Hola",)),
    (
        {"type": "image", "link": "https://x.example/a.png", "caption": "La tapa"},
        ("https://x.example/a.png", "La tapa"),
    ),
    ({"type": "location", "latitude": 1, "longitude": 2, "name": "Sede", "address": "Calle 1"}, ("Sede", "Calle 1")),
    (
        {"type": "contacts", "cards": [{"name": "Ana Paz", "first_name": "Ana", "phones": [{"phone": "+54 1"}]}]},
        ("Ana Paz", "+54 1"),
    ),
    (
        {"type": "buttons", "text": "¿Sí?", "footer": "al pie", "buttons": [{"id": "a", "title": "Dale"}]},
        ("¿Sí?", "al pie", "Dale"),
    ),
    (
        {"type": "list", "text": "Elegí", "label": "Ver cursos", "header": "Cursos", "sections": [{"rows": _ROWS}]},
        ("Elegí", "Ver cursos", "Cursos", "Excel inicial", "8 clases"),
    ),
    (
        {"type": "cta_url", "text": "Acá", "label": "Abrir", "url": "https://x.example"},
        ('href="https://x.example"', "Abrir"),
    ),
    ({"type": "location_request", "text": "¿Dónde?"}, ("¿Dónde?", "Pide una ubicación")),
    ({"type": "contact_info_request", "text": "¿Tu número?"}, ("¿Tu número?", "Pide un número")),
    (
        {"type": "flow", "text": "Turno", "label": "Elegir turno", "flow_id": "1", "token": "t"},
        ("Turno", "Elegir turno"),
    ),
    ({"type": "reaction", "target": "wamid.x", "emoji": "🙌"}, ("🙌",)),
    ({"type": "template", "name": "aviso", "language": "es", "body": ["Ana"]}, ("aviso", "Ana")),
)


def _shown(content: dict[str, Any]) -> str:
    template = (
        Pages()
        ._environments["es"]
        .from_string('{% from "dialog/line.html" import content with context %}{{ content(entry, "c") }}')
    )
    entry, viewer = SimpleNamespace(content=content, id="message-1"), SimpleNamespace(is_operator=False)
    return template.render(entry=entry, viewer=viewer, transcripts={}, quotes={}, templates=[])


@pytest.mark.parametrize(("content", "told"), SAID, ids=[content["kind"] for content, _ in SAID])
def test_what_contacts_say_is_shown(content: dict[str, Any], told: tuple[str, ...]) -> None:
    page = _shown(content)
    assert [words for words in told if words not in page] == []


@pytest.mark.parametrize(("payload", "told"), SENT, ids=[payload["type"] for payload, _ in SENT])
def test_what_is_sent_is_shown(payload: dict[str, Any], told: tuple[str, ...]) -> None:
    page = _shown(read_outgoing(payload).model_dump(mode="json", exclude_none=True))
    assert [words for words in told if words not in page] == []


def test_no_kind_is_forgotten() -> None:
    """Files are one class for several kinds."""
    said = {content["kind"] for content, _ in SAID}
    for kind in get_args(get_args(Content)[0]):
        assert said & set(get_args(kind.model_fields["kind"].annotation)), kind
    sent = {payload["type"] for payload, _ in SENT}
    for kind in get_args(Outgoing):
        assert sent & set(get_args(kind.model_fields["type"].annotation)), kind
