"""Every kind of message as Meta wants it, and none that Meta would refuse."""

from typing import Any

import pytest
from hypothesis import given

from remanso.channels.whatsapp.outgoing import encoded
from remanso.model.outgoing import (
    Button,
    Buttons,
    ContactInfoRequest,
    CtaUrl,
    List,
    LocationRequest,
    Media,
    Outgoing,
    Reaction,
    Row,
    Section,
    Text,
)
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
