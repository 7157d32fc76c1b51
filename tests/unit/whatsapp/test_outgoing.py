"""Every kind of message as Meta wants it, and none that Meta would refuse."""

from typing import Any

import pytest
from hypothesis import given

from remanso.channels.whatsapp.outgoing import encoded
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
    Phone,
    Reaction,
    Row,
    Section,
    Template,
    Text,
)
from remanso.model.outgoing_files import HeaderFile
from remanso.model.outgoing_template import TemplateButton
from services.simulator.graph.rules import read_request
from tests.support.outgoings import outgoings

LINK = "https://cdn.example/a"
SAMPLES: list[tuple[Outgoing, dict[str, Any]]] = [
    (Text(text="Hello"), {"type": "text", "text": {"preview_url": False, "body": "Hello"}}),
    (
        Text(text="Hello", preview_url=True, quoted="wamid.M1"),
        {"type": "text", "text": {"preview_url": True, "body": "Hello"}, "context": {"message_id": "wamid.M1"}},
    ),
    (
        Media(type="image", id="700000000000009", caption="Hi"),
        {"type": "image", "image": {"id": "700000000000009", "caption": "Hi"}},
    ),
    (Media(type="video", link=LINK), {"type": "video", "video": {"link": LINK}}),
    (Media(type="audio", id="7", voice=True), {"type": "audio", "audio": {"id": "7", "voice": True}}),
    (
        Media(type="document", link=LINK, filename="a.pdf", caption="Hi"),
        {"type": "document", "document": {"link": LINK, "caption": "Hi", "filename": "a.pdf"}},
    ),
    (
        Location(latitude=10.5, longitude=-20.25, name="Shop", address="1 Made Up St"),
        {
            "type": "location",
            "location": {"latitude": 10.5, "longitude": -20.25, "name": "Shop", "address": "1 Made Up St"},
        },
    ),
    (
        Cards(cards=(Card(name="Bo X", first_name="Bo", phones=(Phone(phone="+15550100002", kind="WORK"),)),)),
        {
            "type": "contacts",
            "contacts": [
                {
                    "name": {"formatted_name": "Bo X", "first_name": "Bo"},
                    "phones": [{"phone": "+15550100002", "type": "WORK"}],
                }
            ],
        },
    ),
    (
        Template(
            name="order_ready",
            language="en_US",
            header=HeaderFile(type="image", id="700000000000012"),
            body=("Ana", "A-17"),
            buttons=(
                TemplateButton(type="url", index=0, value="A-17"),
                TemplateButton(type="quick_reply", index=1, value="CONFIRM"),
            ),
        ),
        {
            "type": "template",
            "template": {
                "name": "order_ready",
                "language": {"code": "en_US"},
                "components": [
                    {"type": "header", "parameters": [{"type": "image", "image": {"id": "700000000000012"}}]},
                    {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "A-17"}]},
                    {
                        "type": "button",
                        "sub_type": "url",
                        "index": "0",
                        "parameters": [{"type": "text", "text": "A-17"}],
                    },
                    {
                        "type": "button",
                        "sub_type": "quick_reply",
                        "index": "1",
                        "parameters": [{"type": "payload", "payload": "CONFIRM"}],
                    },
                ],
            },
        },
    ),
    (
        Template(name="hi", language="es_AR", header="Hola", header_name="what", body={"who": "Ana"}),
        {
            "type": "template",
            "template": {
                "name": "hi",
                "language": {"code": "es_AR"},
                "components": [
                    {"type": "header", "parameters": [{"type": "text", "parameter_name": "what", "text": "Hola"}]},
                    {"type": "body", "parameters": [{"type": "text", "parameter_name": "who", "text": "Ana"}]},
                ],
            },
        },
    ),
    (
        Flow(text="Form", label="Start", flow_id="300000001", token="t1", screen="FIRST"),
        {
            "type": "interactive",
            "interactive": {
                "type": "flow",
                "body": {"text": "Form"},
                "action": {
                    "name": "flow",
                    "parameters": {
                        "flow_message_version": "3",
                        "flow_id": "300000001",
                        "flow_token": "t1",
                        "flow_cta": "Start",
                        "flow_action": "navigate",
                        "flow_action_payload": {"screen": "FIRST"},
                    },
                },
            },
        },
    ),
    (Media(type="sticker", id="7"), {"type": "sticker", "sticker": {"id": "7"}}),
    (
        Reaction(target="wamid.M1", emoji="👍"),
        {"type": "reaction", "reaction": {"message_id": "wamid.M1", "emoji": "👍"}},
    ),
    (
        Buttons(text="Pick", buttons=(Button(id="yes", title="Yes"),), header="H", footer="F"),
        {
            "type": "interactive",
            "interactive": {
                "type": "button",
                "header": {"type": "text", "text": "H"},
                "body": {"text": "Pick"},
                "footer": {"text": "F"},
                "action": {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Yes"}}]},
            },
        },
    ),
    (
        List(text="Pick", label="Open", sections=(Section(title="S1", rows=(Row(id="r1", title="Row"),)),)),
        {
            "type": "interactive",
            "interactive": {
                "type": "list",
                "body": {"text": "Pick"},
                "action": {"button": "Open", "sections": [{"title": "S1", "rows": [{"id": "r1", "title": "Row"}]}]},
            },
        },
    ),
    (
        CtaUrl(text="See", label="Open", url="https://shop.example/x"),
        {
            "type": "interactive",
            "interactive": {
                "type": "cta_url",
                "body": {"text": "See"},
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "Open", "url": "https://shop.example/x"},
                },
            },
        },
    ),
    (
        LocationRequest(text="Where are you?"),
        {
            "type": "interactive",
            "interactive": {
                "type": "location_request_message",
                "body": {"text": "Where are you?"},
                "action": {"name": "send_location"},
            },
        },
    ),
    (
        ContactInfoRequest(text="Share your number?"),
        {
            "type": "interactive",
            "interactive": {
                "type": "request_contact_info",
                "body": {"text": "Share your number?"},
                "action": {"name": "request_contact_info"},
            },
        },
    ),
]


@pytest.mark.parametrize(("message", "body"), SAMPLES, ids=[str(message.type) for message, _ in SAMPLES])
def test_as_in_metas_samples(message: Outgoing, body: dict[str, Any]) -> None:
    assert encoded(message) == body


@given(outgoings)
def test_whatever_can_be_made_is_taken(message: Outgoing) -> None:
    """By a stand-in that refuses what Meta refuses: unknown keys, limits, what is missing."""
    read_request({"messaging_product": "whatsapp", "to": "+5491155550111", **encoded(message)})
