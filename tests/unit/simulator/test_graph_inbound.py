"""Everything a contact can say, as Meta would tell it, and as our own reader understands it."""

import base64
import hashlib
import json
from typing import Any

import pytest

from remanso.channels.whatsapp.payload import parse
from remanso.events import ChannelReported, MessageReceived
from tests.unit.simulator.graph_server import ANA, Stage

Json = dict[str, Any]

SAID: dict[str, tuple[Json, Json]] = {
    "text": ({"type": "text", "text": "hola"}, {"type": "text", "text": {"body": "hola"}}),
    "location": (
        {"type": "location", "latitude": -34.6, "longitude": -58.4, "name": "Obelisco"},
        {"type": "location", "location": {"latitude": -34.6, "longitude": -58.4, "name": "Obelisco"}},
    ),
    "contacts": (
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo X"}}]},
        {"type": "contacts", "contacts": [{"origin": "other", "name": {"formatted_name": "Bo X"}}]},
    ),
    "button": (
        {"type": "button", "id": "yes", "title": "Sí"},
        {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "yes", "title": "Sí"}}},
    ),
    "list": (
        {"type": "list", "id": "r1", "title": "Fila", "description": "una"},
        {
            "type": "interactive",
            "interactive": {
                "type": "list_reply",
                "list_reply": {"id": "r1", "title": "Fila", "description": "una"},
            },
        },
    ),
    "flow": (
        {"type": "flow", "response_json": '{"k":"v"}'},
        {
            "type": "interactive",
            "interactive": {
                "type": "nfm_reply",
                "nfm_reply": {"name": "flow", "body": "Sent", "response_json": '{"k":"v"}'},
            },
        },
    ),
    "quick_reply": (
        {"type": "quick_reply", "payload": "STOP", "text": "Basta"},
        {"type": "button", "button": {"payload": "STOP", "text": "Basta"}},
    ),
    "order": (
        {"type": "order", "product_items": [{"product_retailer_id": "sku1", "quantity": 2}]},
        {
            "type": "order",
            "order": {"catalog_id": "600001", "product_items": [{"product_retailer_id": "sku1", "quantity": 2}]},
        },
    ),
    "edit": (
        {"type": "edit", "original_message_id": "wamid.X", "text": "corregido"},
        {
            "type": "edit",
            "edit": {
                "original_message_id": "wamid.X",
                "message": {"type": "text", "text": {"body": "corregido"}},
            },
        },
    ),
    "revoke": (
        {"type": "revoke", "original_message_id": "wamid.X"},
        {"type": "revoke", "revoke": {"original_message_id": "wamid.X"}},
    ),
    "request_welcome": ({"type": "request_welcome"}, {"type": "request_welcome"}),
    "raw": ({"raw": {"type": "hologram", "hologram": {}}}, {"type": "hologram", "hologram": {}}),
    "forwarded": (
        {"type": "text", "text": "cadena", "frequently_forwarded": True},
        {"type": "text", "text": {"body": "cadena"}, "context": {"frequently_forwarded": True}},
    ),
}


@pytest.mark.parametrize(("said", "told"), SAID.values(), ids=SAID.keys())
async def test_said_and_told(stage: Stage, said: Json, told: Json) -> None:
    [wamid] = await stage.hear(said)
    [message] = stage.endpoint.messages()
    assert (message.pop("from"), message.pop("id"), message.pop("from_user_id")[:3]) == (ANA, wamid, "AR.")
    assert message.pop("timestamp").isdigit()
    assert message == told


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
async def test_media(stage: Stage, kind: str) -> None:
    await stage.hear({"type": kind}, {"type": kind, "data": "bWFkZSB1cA==", "mime_type": "image/jpeg"})
    sample, own = (message[kind] for message in stage.endpoint.messages())
    assert sample["id"] != own["id"]
    digest = base64.b64encode(hashlib.sha256(b"made up").digest()).decode()
    assert (own["mime_type"], own["sha256"]) == ("image/jpeg", digest)


async def test_a_tap_quotes_the_message_it_answers(stage: Stage) -> None:
    await stage.open_window()
    rows = [{"id": "r1", "title": "Fila"}]
    action = {"button": "Ver", "sections": [{"rows": rows}]}
    interactive = {"type": "list", "body": {"text": "?"}, "action": action}
    base = {"messaging_product": "whatsapp", "to": ANA, "type": "interactive"}
    wamid = (await stage.post({**base, "interactive": interactive})).json()["messages"][0]["id"]
    await stage.hear({"type": "button", "id": "r1", "title": "Fila"})
    tapped = stage.endpoint.messages()[-1]
    assert tapped["context"] == {"from": "5491155550101", "id": wamid}
    assert tapped["interactive"]["type"] == "list_reply", "the same tap on a list chooses a row"


async def test_a_reaction_goes_to_the_last_message_of_the_business(stage: Stage) -> None:
    refused = await stage.http.post(
        f"/control/contacts/{ANA}/send", json={"messages": [{"type": "reaction", "emoji": "👍"}]}
    )
    assert refused.status_code == 422
    await stage.open_window()
    wamid = (await stage.say()).json()["messages"][0]["id"]
    await stage.hear({"type": "reaction", "emoji": "👍"}, {"type": "reaction"})
    put, taken_back = (message["reaction"] for message in stage.endpoint.messages()[-2:])
    assert (put, taken_back) == ({"message_id": wamid, "emoji": "👍"}, {"message_id": wamid})


async def test_a_reply_quotes_either_side(stage: Stage) -> None:
    own = await stage.open_window()
    theirs = (await stage.say()).json()["messages"][0]["id"]
    await stage.hear(*({"type": "text", "text": "esto", "reply_to": wamid} for wamid in (own, theirs)))
    contexts = [message["context"] for message in stage.endpoint.messages()[-2:]]
    assert contexts == [{"from": ANA, "id": own}, {"from": "5491155550101", "id": theirs}]


async def test_unsupported_has_its_error(stage: Stage) -> None:
    await stage.hear({"type": "unsupported"}, {"type": "unsupported", "what": None, "code": 131060})
    poll, unavailable = stage.endpoint.messages()
    assert (poll["errors"][0]["code"], poll["unsupported"]) == (131051, {"type": "poll_creation"})
    assert (unavailable["errors"][0]["code"], "unsupported" in unavailable) == (131060, False)


async def test_a_changed_number_comes_without_contacts(stage: Stage) -> None:
    await stage.hear({"type": "system", "wa_id": "5491155550999"})
    [value] = stage.endpoint.values()
    assert "contacts" not in value
    assert value["messages"][0]["system"]["wa_id"] == "5491155550999"
    assert {"5491155550999"} <= {contact["wa_id"] for contact in (await stage.see("state"))["contacts"]}


async def test_our_reader_understands_everything_said(stage: Stage) -> None:
    media = [{"type": kind} for kind in ("image", "video", "audio", "document", "sticker")]
    more: list[Json] = [{"type": "unsupported"}, {"type": "system", "wa_id": "5491155550999"}]
    said = [spoken for name, (spoken, _) in SAID.items() if name != "raw"] + media + more
    wamids = await stage.hear(*said)
    items = [item for body in stage.endpoint.bodies for item in parse(json.loads(body))]
    assert [item.event for item in items if not isinstance(item.event, MessageReceived)] == []
    assert len(items) == len(wamids) == len(said)


async def test_our_reader_reports_a_type_that_nobody_knows(stage: Stage) -> None:
    await stage.hear(SAID["raw"][0])
    [item] = parse(json.loads(stage.endpoint.bodies[0]))
    assert isinstance(item.event, ChannelReported)
    assert item.event.kind == "unknown_type"


async def test_what_cannot_be_said_is_named(stage: Stage) -> None:
    for said in ({"type": "song"}, {"type": "text"}, {"type": "image", "data": "%%"}, {"type": "text", "txt": "x"}):
        answer = await stage.http.post(f"/control/contacts/{ANA}/send", json={"messages": [said]})
        assert answer.status_code == 422, said
    unknown = {"messages": [{"type": "text", "text": "x"}], "phone_number_id": "1"}
    assert (await stage.http.post(f"/control/contacts/{ANA}/send", json=unknown)).status_code == 422


async def test_the_same_id_again_is_posted_but_said_once(stage: Stage) -> None:
    for text in ("uno", "dos"):
        await stage.hear({"type": "text", "text": text, "wamid": "wamid.TWICE"})
    assert [message["text"]["body"] for message in stage.endpoint.messages()] == ["uno", "dos"]
    assert [(entry["text"], entry["status"]) for entry in await stage.conversation()] == [("uno", "delivered")]
