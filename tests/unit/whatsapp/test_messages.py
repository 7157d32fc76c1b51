"""Every inbound type: recorded webhook × what it says."""

from datetime import UTC, datetime

import pytest

from remanso.channels.whatsapp.payload import parse
from remanso.events import ChannelReported, MessageReceived
from remanso.model.content import (
    Card,
    Cards,
    Choice,
    Content,
    Edit,
    Form,
    IdentityChange,
    Location,
    Media,
    Order,
    OrderItem,
    Reaction,
    Revoke,
    Text,
    Unsupported,
)
from remanso.model.message import InboundMessage, Sender
from tests.support.whatsapp import CHANNEL, USER_ID, WA_ID, change_in, names, recorded

EARLIER = "wamid.EARLIER"
SHA = "bWFkZXVw"
HOLA = Text(text="hola")

CONTENT: dict[str, Content] = {
    "text": Text(text="¿Cuánto sale el curso de café? 👍"),
    "text-reply": Text(text="Sí, ese"),
    "text-forwarded": Text(text="mirá"),
    "text-frequently-forwarded": Text(text="mirá"),
    "text-about-product": Text(text="¿Está?"),
    "text-from-ad": Text(text="Vi el aviso"),
    "image": Media(kind="image", media_id="700000000000001", mime_type="image/jpeg", sha256=SHA, caption="mi tarea"),
    "video": Media(kind="video", media_id="700000000000002", mime_type="video/mp4", sha256=SHA),
    "audio-voice": Media(
        kind="audio", media_id="700000000000003", mime_type="audio/ogg; codecs=opus", sha256=SHA, voice=True
    ),
    "document": Media(
        kind="document",
        media_id="700000000000004",
        mime_type="application/pdf",
        sha256=SHA,
        filename="tarea.pdf",
        caption="entrega",
    ),
    "sticker-animated": Media(
        kind="sticker", media_id="700000000000005", mime_type="image/webp", sha256=SHA, animated=True
    ),
    "image-unfetched": Unsupported(original="image", code=131052),
    "location": Location(
        latitude=-34.6037,
        longitude=-58.3816,
        name="Obelisco",
        address="Av. 9 de Julio",
        url="https://maps.example/x",
    ),
    "location-bare-strings": Location(latitude=-34.5, longitude=-58.25),
    "contacts": Cards(
        cards=(
            Card(name="Bo X", phones=("+54 9 11 5555-0102",), emails=("bo@x.example",), organisation="X SA"),
            Card(phones=("5491155550103",)),
        )
    ),
    "contacts-own": Cards(cards=(Card(name="Ana Example", phones=("+54 9 11 5555-0199",), is_own=True),)),
    "button-reply": Choice(choice_id="yes", title="Sí"),
    "list-reply": Choice(choice_id="row1", title="Python", description="desde cero"),
    "flow-reply": Form(name="flow", answers={"flow_token": "t1", "k": "v"}),
    "address-reply": Form(name="address_message", answers={"values": {"city": "Rosario"}}),
    "call-permission-reply": Unsupported(original="interactive/call_permission_reply"),
    "template-button": Choice(choice_id="STOP", title="Basta"),
    "reaction": Reaction(target=EARLIER, emoji="👍"),
    "reaction-removed": Reaction(target=EARLIER),
    "reaction-removed-bare": Reaction(target=EARLIER),
    "order": Order(
        catalogue="600001",
        text="para hoy",
        items=(
            OrderItem(product="sku1", quantity=2, price=9.5, currency="USD"),
            OrderItem(product="sku2", quantity=1, price=3.25, currency="USD"),
        ),
    ),
    "system-number": IdentityChange(
        reason="user_changed_number", new_wa_id="5491155550188", new_user_id="AR.2", previous_user_id=USER_ID
    ),
    "system-user-id": IdentityChange(reason="user_changed_user_id", new_user_id="AR.2", previous_user_id=USER_ID),
    "system-identity": IdentityChange(reason="customer_identity_changed"),
    "system-old-shape": IdentityChange(reason="customer_changed_number", new_wa_id="5491155550188"),
    "unsupported-poll": Unsupported(original="poll_creation", code=131051),
    "unsupported-unavailable": Unsupported(code=131060),
    "request-welcome": Unsupported(original="request_welcome"),
    "edit": Edit(target=EARLIER, text="corregido"),
    "edit-caption": Edit(target=EARLIER, text="nueva"),
    "revoke": Revoke(target=EARLIER),
    "sender-without-phone": HOLA,
    "sender-without-user-id": HOLA,
    "sender-user-id-as-from": HOLA,
    "sender-parent-only": HOLA,
    "sender-phone-in-contact": HOLA,
}

ANA = Sender(wa_id=WA_ID, user_id=USER_ID, profile_name="Ana Example", username="ana.example")
SENDERS = {
    "text": ANA,
    "sender-without-phone": ANA.model_copy(update={"wa_id": None}),
    "sender-without-user-id": Sender(wa_id=WA_ID, profile_name="Ana Example"),
    "sender-user-id-as-from": Sender(user_id=USER_ID, profile_name="Ana Example"),
    "sender-parent-only": Sender(user_id="AR.ENT.77"),
    "sender-phone-in-contact": ANA,
    "system-number": Sender(wa_id=WA_ID, user_id=USER_ID),
    "system-user-id": Sender(user_id=USER_ID),
    "system-identity": Sender(wa_id=WA_ID),
}

REPORTED = {
    "sender-nobody": ("unknown_shape", "neither phone nor user id of the sender is given"),
    "group": ("unknown_shape", "written in a group: a private answer would be wrong"),
    "future-type": ("unknown_type", "a type of message that nobody here knows"),
}


def message(name: str) -> InboundMessage:
    (item,) = parse(recorded(f"messages/{name}"))
    assert isinstance(item.event, MessageReceived)
    return item.event.message


def test_every_recorded_message_is_expected_here() -> None:
    assert names("messages") == sorted(f"messages/{name}" for name in CONTENT.keys() | REPORTED.keys())


@pytest.mark.parametrize("name", CONTENT)
def test_content(name: str) -> None:
    found = message(name)
    assert found.content == CONTENT[name]
    assert found.channel == CHANNEL
    assert found.sent_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert found.raw == change_in(recorded(f"messages/{name}"))["value"]["messages"][0]


@pytest.mark.parametrize("name", SENDERS)
def test_sender(name: str) -> None:
    assert message(name).sender == SENDERS[name]


@pytest.mark.parametrize("name", REPORTED)
def test_what_belongs_in_no_conversation_is_reported(name: str) -> None:
    (item,) = parse(recorded(f"messages/{name}"))
    assert isinstance(item.event, ChannelReported)
    assert (item.event.kind, item.event.detail) == REPORTED[name]


def test_context_and_referral() -> None:
    assert message("text-reply").quoted == EARLIER
    assert message("text-forwarded").forwarded
    assert message("text-frequently-forwarded").forwarded
    assert not message("text-reply").forwarded
    assert message("text").quoted is None
    referral = message("text-from-ad").referral
    assert referral is not None
    assert referral["source_type"] == "ad"


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("text", None),
        ("text", "hola"),
        ("text", {"body": ""}),
        ("text", {"body": ["hola"]}),
        ("image", {"caption": "no id"}),
        ("location", {"latitude": "north", "longitude": 1}),
        ("location", {"latitude": None, "longitude": 1}),
        ("contacts", []),
        ("contacts", "Bo"),
        ("interactive", {"type": "button_reply"}),
        ("interactive", {"button_reply": {"id": "x"}}),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{"}}),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "[1]"}}),
        ("button", {}),
        ("reaction", {"emoji": "👍"}),
        ("order", {"product_items": [{"product_retailer_id": "a", "quantity": "many"}]}),
        ("edit", {}),
        ("revoke", {"original_message_id": 7}),
        ("system", "gone"),
    ],
)
def test_a_known_type_without_its_promise_is_malformed(kind: str, part: object) -> None:
    body = recorded("messages/text")
    element = change_in(body)["value"]["messages"][0]
    del element["text"]
    element |= {"type": kind, kind: part}
    (item,) = parse(body)
    assert isinstance(item.event, ChannelReported)
    assert item.event.kind == "unknown_shape"
    assert item.event.value == {"messages": [element]}


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": "w" * 300},
        {"id": 5},
        {"timestamp": "soon"},
        {"timestamp": True},
        {"timestamp": "9" * 20},
        {"timestamp": None},
        {"type": None},
        {"from": "x", "from_user_id": 1},
    ],
)
def test_bad_common_keys_are_malformed(change: dict[str, object]) -> None:
    body = recorded("messages/text")
    change_in(body)["value"]["messages"][0] |= change
    (item,) = parse(body)
    assert isinstance(item.event, ChannelReported)


def test_odd_extras_do_no_harm() -> None:
    body = recorded("messages/text")
    change_in(body)["value"]["contacts"] = ["x", {"wa_id": WA_ID, "profile": "none"}, None]
    change_in(body)["value"]["messages"][0] |= {"context": 5, "referral": [], "errors": "none", "timestamp": 1790000000}
    (item,) = parse(body)
    assert isinstance(item.event, MessageReceived)
    assert item.event.message.content == CONTENT["text"]
