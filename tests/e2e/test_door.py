"""What comes to the door of the running product: every kind, bad input, and clients that do not load."""

import json

import pytest

from tests.support.play import Play
from tests.support.waiting import eventually
from tests.support.whatsapp import text_message, webhook

pytestmark = pytest.mark.e2e


async def test_every_kind_of_message_reaches_the_model_as_sensible_text(play: Play) -> None:
    contact = "5491190000001"
    await play.send(contact, "¡Hola!")
    await play.until_answered(contact)
    kinds = [
        {"type": "location", "latitude": -34.6, "longitude": -58.4, "name": "Obelisco"},
        {"type": "button", "id": "yes", "title": "Sí, quiero"},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bruno Pérez", "first_name": "Bruno"}}]},
        {"type": "audio"},
        {"type": "unsupported"},
        {"type": "reaction", "emoji": "👍", "to": None},
        {"type": "text", "text": "¿lo recibiste?"},
    ]
    await play.control(
        "POST", f"contacts/{contact}/send", {"messages": kinds, "profile_name": "Ana Díaz", "batch": True}
    )
    dialog = await play.until_answered(contact, turns=2)
    assert [message.content["kind"] for message in dialog.messages if message.author == "contact"][-1] == "text"
    asked = [r["body"] for r in await play.control("GET", "openai/requests") if "¿lo recibiste?" in str(r["body"])]
    read = json.dumps(asked[-1]["messages"], ensure_ascii=False)
    for part in ("Obelisco", "-34.6", "Sí, quiero", "Bruno Pérez", "👍", "Ana Díaz"):
        assert part in read
    async with play.store.transaction() as tx:
        person = await tx.contacts.get(dialog.conversation.contact_id)
    assert person is not None
    assert person.profile_name == "Ana Díaz"
    assert person.location is not None
    assert person.location["name"] == "Obelisco"


async def test_an_unknown_number_and_a_bad_item_are_recorded_and_spoil_nothing(play: Play) -> None:
    contact = "5491190000002"
    good = text_message("wamid.DOOR1", "sigo acá", sender=contact)
    tomorrow = text_message("wamid.DOOR3", sender=contact) | {"type": "hologram", "hologram": {}}
    stranger = webhook(text_message("wamid.DOOR2", "¿hola?", sender=contact), channel="899999999999999")
    answer = await play.control(
        "POST",
        "webhooks",
        {"webhooks": [webhook({"id": 7, "type": []}, good, tomorrow), stranger, {"object": "page", "entry": []}]},
    )
    assert answer["statuses"] == {"200": 3}

    async def stored() -> bool:
        dialog = await play.dialog(contact)
        return dialog is not None and dialog.texts_of("contact") == ["sigo acá"]

    await eventually(stored)

    async def recorded() -> bool:
        async with play.store.transaction() as tx:
            kinds = {report.kind for report in await tx.reports.of_client("emprendemy")}
            return {"unknown_number", "unknown_type", "unknown_shape"} <= kinds

    await eventually(recorded)
    assert await play.dialog(contact) is not None


async def test_wrong_signatures_and_shapes_are_refused(play: Play) -> None:
    url = play.stack.webhook_url
    assert (await play.stack.http.post(url, content=b"{}")).status_code == 401
    wrong = {"X-Hub-Signature-256": "sha256=" + 64 * "0"}
    assert (await play.stack.http.post(url, content=b"{}", headers=wrong)).status_code == 401
    assert (await play.stack.http.post(url, content=b"x" * (4 * 1024 * 1024 + 1), headers=wrong)).status_code == 413


async def test_a_broken_client_is_counted_in_every_service_and_stops_nobody(play: Play) -> None:
    assert {config.name for config in play.stack.clients.configs} == {"emprendemy", "shop", "storm", "memory"}
    for service in ("ingress", "debouncer", "agent", "sender"):
        [url, *_] = play.stack.metrics[service]
        told = (await play.stack.http.get(url)).text
        assert 'remanso_clients{state="broken"} 1.0' in told, service
        assert 'remanso_clients{state="served"} 4.0' in told, service
