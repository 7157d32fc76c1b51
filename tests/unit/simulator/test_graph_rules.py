"""What Meta would refuse is refused, with Meta's code; what it would take is taken."""

from typing import Any

import pytest

from services.simulator.graph.refusals import Refusal
from services.simulator.graph.rules import Send, dialled, read_request
from services.simulator.graph.shapes import ReadReceipt

Json = dict[str, Any]


def message(kind: str = "text", content: Any = None, **envelope: Any) -> Json:
    """A send of this kind; a key given as None is left out."""
    body: Json = {"messaging_product": "whatsapp", "to": "+54 9 11 5555-0111", "type": kind}
    body |= {kind: {"body": "hola"} if content is None else content} | envelope
    return {key: value for key, value in body.items() if value is not None}


def buttons(*titles: str, **more: Any) -> Json:
    replies = [{"type": "reply", "reply": {"id": f"b{i}", "title": title}} for i, title in enumerate(titles)]
    return message("interactive", {"type": "button", "body": {"text": "?"}, "action": {"buttons": replies}} | more)


def menu(*sections: Json, button: str = "Ver") -> Json:
    action = {"button": button, "sections": list(sections)}
    return message("interactive", {"type": "list", "body": {"text": "?"}, "action": action})


def rows(count: int, first: int = 0, **row: Any) -> list[Json]:
    return [{"id": f"r{i}", "title": f"Fila {i}"} | row for i in range(first, first + count)]


def link(**more: Any) -> Json:
    parameters = {"display_text": "Ir", "url": "https://x.example/"} | more.pop("parameters", {})
    return message("interactive", LINK | {"action": {"name": "cta_url", "parameters": parameters}} | more)


def request(kind: str, action: str, **more: Any) -> Json:
    return message("interactive", {"type": kind, "body": {"text": "?"}, "action": {"name": action}} | more)


CARD = {"name": {"formatted_name": "Bo X", "first_name": "Bo"}, "phones": [{"phone": "+15550100002"}]}
LINK = {"type": "cta_url", "body": {"text": "?"}}

GOOD = {
    "text": message(),
    "text without a type": message(type=None),
    "longest text": message(content={"body": "ñ" * 4096, "preview_url": True}),
    "callback data": message(biz_opaque_callback_data="x" * 512),
    "quote": message(context={"message_id": "wamid.X"}),
    "to a BSUID": message(to=None, recipient="AR.12345"),
    "image by id": message("image", {"id": "7", "caption": "c" * 1024}),
    "video by link": message("video", {"link": "https://cdn.example/v.mp4"}),
    "voice": message("audio", {"id": "7", "voice": True}),
    "document": message("document", {"link": "https://cdn.example/a.pdf", "filename": "a.pdf", "caption": "c"}),
    "sticker": message("sticker", {"id": "7"}),
    "location": message("location", {"latitude": "10.5", "longitude": -20.25, "name": "Shop", "address": "x"}),
    "contacts": message("contacts", [CARD]),
    "reaction": message("reaction", {"message_id": "wamid.X", "emoji": "👍🏽"}),
    "reaction taken back": message("reaction", {"message_id": "wamid.X", "emoji": ""}),
    "keycap reaction": message("reaction", {"message_id": "wamid.X", "emoji": "1️⃣"}),
    "three buttons": buttons("a", "b", "x" * 20, header={"type": "text", "text": "h" * 60}, footer={"text": "f"}),
    "buttons under a picture": buttons("a", header={"type": "image", "image": {"id": "7"}}),
    "ten rows": menu({"title": "A", "rows": rows(4)}, {"title": "B", "rows": rows(6, 4)}),
    "one section without a title": menu({"rows": rows(1)}),
    "link": message(
        "interactive",
        LINK | {"action": {"name": "cta_url", "parameters": {"display_text": "Ir", "url": "https://x.example/"}}},
    ),
    "location request": message(
        "interactive",
        {"type": "location_request_message", "body": {"text": "?"}, "action": {"name": "send_location"}},
    ),
    "contact request": message(
        "interactive",
        {"type": "request_contact_info", "body": {"text": "?"}, "action": {"name": "request_contact_info"}},
    ),
    "template": message("template", {"name": "order_ready", "language": {"code": "es_AR"}, "components": []}),
}


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD.keys())
def test_taken(body: Json) -> None:
    assert isinstance(read_request(body), Send)


BAD: dict[str, tuple[Any, int]] = {
    "no object": (["x"], 100),
    "no body": (None, 100),
    "no messaging_product": (message(messaging_product=None), 100),
    "other product": (message(messaging_product="sms"), 100),
    "nobody to send to": (message(to=None), 100),
    "no phone": (message(to="Ana"), 131009),
    "phone too short": (message(to="123"), 131009),
    "no BSUID": (message(to=None, recipient="5491155550111"), 131009),
    "group": (message(recipient_type="group"), 100),
    "unknown key": (message(priority="high"), 100),
    "unknown type": (message("poll", {}), 100),
    "content of another type": (message(image={"id": "7"}), 100),
    "content missing": (message(text=None), 131008),
    "callback data too long": (message(biz_opaque_callback_data="x" * 513), 100),
    "context without an id": (message(context={}), 131008),
    "text empty": (message(content={"body": ""}), 100),
    "text blank": (message(content={"body": " \n"}), 100),
    "text missing": (message(content={}), 131008),
    "text too long": (message(content={"body": "x" * 4097}), 100),
    "text as a string": (message(content="hola"), 100),
    "text with an unknown key": (message(content={"body": "x", "markdown": True}), 100),
    "id and link": (message("image", {"id": "7", "link": "https://x.example/i.png"}), 100),
    "neither id nor link": (message("image", {"caption": "x"}), 100),
    "link not https": (message("image", {"link": "http://x.example/i.png"}), 100),
    "caption too long": (message("image", {"id": "7", "caption": "c" * 1025}), 100),
    "caption of a sound": (message("audio", {"id": "7", "caption": "c"}), 100),
    "caption of a sticker": (message("sticker", {"id": "7", "caption": "c"}), 100),
    "latitude beyond the pole": (message("location", {"latitude": 91, "longitude": 0}), 131009),
    "longitude in words": (message("location", {"latitude": 0, "longitude": "west"}), 131009),
    "longitude missing": (message("location", {"latitude": 0}), 131008),
    "no cards": (message("contacts", []), 100),
    "card with a formatted name alone": (message("contacts", [{"name": {"formatted_name": "Bo"}}]), 131009),
    "reaction with a word": (message("reaction", {"message_id": "wamid.X", "emoji": "ok"}), 131009),
    "reaction quoting": (
        message("reaction", {"message_id": "w", "emoji": "👍"}, context={"message_id": "w"}),
        131009,
    ),
    "no buttons": (buttons(), 131009),
    "four buttons": (buttons("a", "b", "c", "d"), 131009),
    "button title too long": (buttons("x" * 21), 131009),
    "button title empty": (buttons(""), 131009),
    "button titles alike": (buttons("a", "a"), 131009),
    "button body too long": (buttons("a", body={"text": "x" * 1025}), 131009),
    "button header too long": (buttons("a", header={"type": "text", "text": "x" * 61}), 131009),
    "button footer too long": (buttons("a", footer={"text": "x" * 61}), 131009),
    "eleven rows": (menu({"title": "A", "rows": rows(6)}, {"title": "B", "rows": rows(5, 6)}), 131009),
    "eleven sections": (menu(*({"title": f"S{i}", "rows": rows(1, i)} for i in range(11))), 131009),
    "sections without titles": (menu({"rows": rows(1)}, {"rows": rows(1, 1)}), 131009),
    "row ids alike": (menu({"rows": rows(1) + rows(1)}), 131009),
    "row title too long": (menu({"rows": rows(1, title="x" * 25)}), 131009),
    "row description too long": (menu({"rows": rows(1, description="x" * 73)}), 131009),
    "row id too long": (menu({"rows": rows(1, id="x" * 201)}), 131009),
    "section title too long": (menu({"title": "x" * 25, "rows": rows(1)}), 131009),
    "list button too long": (menu({"rows": rows(1)}, button="x" * 21), 131009),
    "link without parameters": (message("interactive", LINK | {"action": {"name": "cta_url"}}), 131008),
    "button id too long": (
        buttons("a", action={"buttons": [{"type": "reply", "reply": {"id": "x" * 257, "title": "a"}}]}),
        131009,
    ),
    "button ids alike": (
        buttons("a", action={"buttons": [{"type": "reply", "reply": {"id": "x", "title": t}} for t in "ab"]}),
        131009,
    ),
    "list without rows": (menu({"rows": []}), 131009),
    "list under a picture": (
        message(
            "interactive",
            menu({"rows": rows(1)})["interactive"] | {"header": {"type": "image", "image": {"id": "7"}}},
        ),
        131009,
    ),
    "list body too long": (
        message("interactive", menu({"rows": rows(1)})["interactive"] | {"body": {"text": "x" * 4097}}),
        131009,
    ),
    "link label too long": (link(parameters={"display_text": "x" * 21}), 131009),
    "link not by https": (link(parameters={"url": "ftp://x.example/"}), 131009),
    "link body too long": (link(body={"text": "x" * 1025}), 131009),
    "location request too long": (
        request("location_request_message", "send_location", body={"text": "x" * 1025}),
        131009,
    ),
    "location request with a footer": (
        request("location_request_message", "send_location", footer={"text": "f"}),
        100,
    ),
    "location request that asks for another thing": (
        request("location_request_message", "request_contact_info"),
        131009,
    ),
    "contact request without a word": (
        request("request_contact_info", "request_contact_info", body={"text": ""}),
        131009,
    ),
    "file name of a picture": (message("image", {"id": "7", "filename": "a.png"}), 100),
    "voice of a document": (message("document", {"id": "7", "voice": True}), 100),
    "reaction to nothing": (message("reaction", {"emoji": "👍"}), 131008),
    "unknown interactive type": (message("interactive", {"type": "carousel"}), 100),
    "template name with capitals": (message("template", {"name": "Order", "language": {"code": "es"}}), 100),
    "template language with a dash": (message("template", {"name": "order", "language": {"code": "es-AR"}}), 100),
    "read without an id": ({"messaging_product": "whatsapp", "status": "read"}, 100),
    "other status": ({"messaging_product": "whatsapp", "status": "played", "message_id": "w"}, 100),
    "typing of another type": (
        {"messaging_product": "whatsapp", "status": "read", "message_id": "w", "typing_indicator": {"type": "audio"}},
        131009,
    ),
}


@pytest.mark.parametrize(("body", "code"), BAD.values(), ids=BAD.keys())
def test_refused(body: Any, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        read_request(body)
    error = refused.value.body["error"]
    assert (refused.value.http, error["code"], error["type"]) == (400, code, "OAuthException")
    assert error["message"].startswith(f"(#{code}) ")
    assert error["fbtrace_id"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (message(messaging_product=None), "(#100) The parameter messaging_product is required."),
        (message(priority="high"), '(#100) Unexpected key "priority".'),
        (message(content={"body": "x", "markdown": 1}), '(#100) Unexpected key "markdown" on param "text".'),
    ],
)
def test_graph_names_the_parameter_in_the_message(body: Json, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_request(body)
    assert refused.value.body["error"]["message"] == says


def test_whatsapp_names_the_parameter_in_the_details() -> None:
    with pytest.raises(Refusal) as refused:
        read_request(buttons("a", header={"type": "text", "text": "x" * 61}))
    assert refused.value.body["error"]["error_data"]["details"].startswith("interactive['header']['text']: ")
    assert refused.value.body["error"]["error_data"]["messaging_product"] == "whatsapp"


def test_a_status_makes_it_a_read_receipt() -> None:
    body: Json = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "w",
        "typing_indicator": {"type": "text"},
    }
    assert isinstance(read_request(body), ReadReceipt)


def test_phones_lose_their_punctuation() -> None:
    assert dialled("+54 9 (11) 5555-0111") == "5491155550111"
