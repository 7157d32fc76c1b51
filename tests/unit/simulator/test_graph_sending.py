"""A business sends over real HTTP: acceptance, window, receipts, references, read receipts, media."""

import time
from typing import Any

import httpx
import pytest

from services.simulator.phone_book import bsuid_of
from tests.support.waiting import eventually
from tests.unit.simulator.graph_server import ANA, BRUNO, CARLA, NUMBER, OTHER_NUMBER, TOKEN, Stage, said

Json = dict[str, Any]


def code(response: httpx.Response) -> int:
    return int(response.json()["error"]["code"])


async def test_an_accepted_message_is_answered_recorded_and_told(stage: Stage) -> None:
    await stage.open_window()
    answer = await stage.say("¿Cómo va?", to="+54 9 11 5555-0111", biz_opaque_callback_data="d-1")
    assert answer.status_code == 200
    body = answer.json()
    assert body["contacts"] == [{"input": "+54 9 11 5555-0111", "wa_id": ANA}]
    wamid = body["messages"][0]["id"]
    assert wamid.startswith("wamid.")

    statuses = await stage.endpoint.told(3)
    assert [status["status"] for status in statuses] == ["sent", "delivered", "read"]
    for status in statuses:
        assert (status["id"], status["biz_opaque_callback_data"]) == (wamid, "d-1")
        assert (status["recipient_id"], status["recipient_user_id"]) == (ANA, bsuid_of(ANA))
        assert isinstance(status["timestamp"], str)
    assert [("pricing" in status) for status in statuses] == [True, True, False]

    heard, told = await stage.conversation()
    assert (heard["direction"], heard["status"]) == ("in", "delivered")
    assert (told["direction"], told["status"], told["text"], told["callback"]) == ("out", "read", "¿Cómo va?", "d-1")
    [request] = await stage.see("graph/requests")
    assert (request["status"], request["accepted"], request["wamid"], request["to"]) == (200, True, wamid, ANA)


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_wrong_token_is_401_with_190(stage: Stage, token: str) -> None:
    answer = await stage.post(said(), token=token)
    assert (answer.status_code, code(answer)) == (401, 190)


async def test_an_unknown_number_is_100_with_subcode_33(stage: Stage) -> None:
    answer = await stage.post(said(), number="800000000000099")
    assert (answer.status_code, code(answer), answer.json()["error"]["error_subcode"]) == (400, 100, 33)


async def test_an_unknown_path_or_version_is_a_graph_error(stage: Stage) -> None:
    for path in ("/graph/v25.0/1/2/3", f"/graph/latest/{NUMBER}/messages"):
        answer = await stage.http.post(path, json=said(), headers={"Authorization": f"Bearer {TOKEN}"})
        assert code(answer) == 2500


async def test_refused_requests_are_on_record(stage: Stage) -> None:
    await stage.post({**said("x" * 4097), "biz_opaque_callback_data": "d-9"})
    [request] = await stage.see("graph/requests")
    assert (request["status"], request["code"], request["accepted"], request["callback"]) == (400, 100, False, "d-9")
    assert await stage.conversation() == []


@pytest.mark.parametrize("hours", [None, 25])
async def test_outside_the_window_a_200_and_then_failed_131047(stage: Stage, hours: int | None) -> None:
    if hours is not None:
        await stage.hear({"type": "text", "text": "hola"}, sent_at=time.time() - hours * 3600)
    answer = await stage.say(biz_opaque_callback_data="d-2")
    assert answer.status_code == 200
    [status] = await stage.endpoint.told(1)
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)
    assert status["biz_opaque_callback_data"] == "d-2"
    assert "recipient_user_id" not in status, "a failed send by phone leaves it out"
    assert (await stage.conversation())[-1]["status"] == "failed"


async def test_a_reaction_opens_no_window_and_a_late_message_does_not_close_it(stage: Stage) -> None:
    await stage.hear({"type": "text", "text": "antes"}, sent_at=time.time() - 25 * 3600)
    await stage.say()
    await stage.endpoint.told(1)
    await stage.hear({"type": "reaction", "emoji": "👍"})
    await stage.say()
    assert [status["status"] for status in await stage.endpoint.told(2)] == ["failed", "failed"]
    await stage.open_window()
    await stage.hear({"type": "text", "text": "tarde"}, sent_at=time.time() - 26 * 3600)
    await stage.say()
    assert [status["status"] for status in await stage.endpoint.told(5)][2:] == ["sent", "delivered", "read"]


async def test_the_window_belongs_to_one_number(stage: Stage) -> None:
    await stage.open_window()
    await stage.post(said(), number=OTHER_NUMBER.phone_number_id)
    [status] = await stage.endpoint.told(1)
    assert status["status"] == "failed"


async def test_a_template_goes_out_at_any_time(stage: Stage) -> None:
    definition = {"name": "seguimos", "language": "es_AR", "body": "Hola {{1}}, ¿seguimos?"}
    await stage.order("graph/templates", templates=[definition])
    body = [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]
    content: Json = {"name": "seguimos", "language": {"code": "es_AR"}, "components": body}
    sent = {"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": content}
    answer = await stage.post(sent)
    assert answer.json()["messages"][0]["message_status"] == "accepted"
    assert [status["status"] for status in await stage.endpoint.told(3)] == ["sent", "delivered", "read"]
    assert (await stage.conversation())[0]["text"] == "Hola Ana, ¿seguimos?"

    assert code(await stage.post({**sent, "template": content | {"components": []}})) == 132000
    assert code(await stage.post({**sent, "template": content | {"language": {"code": "en_US"}}})) == 132001
    await stage.order("graph/templates", templates=[definition | {"status": "PAUSED"}])
    assert code(await stage.post(sent)) == 132015


async def test_a_reaction_is_only_sent(stage: Stage) -> None:
    wamid = await stage.open_window()
    reaction = {"message_id": wamid, "emoji": "🙌"}
    await stage.post({"messaging_product": "whatsapp", "to": ANA, "type": "reaction", "reaction": reaction})
    await stage.say()
    statuses = await stage.endpoint.told(4)
    assert sorted(status["status"] for status in statuses) == ["delivered", "read", "sent", "sent"]


async def test_quotes_and_reactions_need_a_message_of_this_conversation(stage: Stage) -> None:
    wamid = await stage.open_window()
    other = await stage.open_window(BRUNO)
    assert (await stage.say(context={"message_id": wamid})).status_code == 200
    for unknown in (other, "wamid.UNKNOWN"):
        assert code(await stage.say(context={"message_id": unknown})) == 131009
    base = {"messaging_product": "whatsapp", "to": ANA, "type": "reaction"}
    reaction = await stage.post({**base, "reaction": {"message_id": wamid, "emoji": "👍"}})
    of_reaction = {"message_id": reaction.json()["messages"][0]["id"], "emoji": "👍"}
    assert code(await stage.post({**base, "reaction": of_reaction})) == 131009


async def test_a_number_cannot_write_to_itself(stage: Stage) -> None:
    assert code(await stage.say(to="5491155550101")) == 131021


async def test_national_variants_reach_the_same_contact(stage: Stage) -> None:
    await stage.open_window(BRUNO)
    answer = await stage.say(to="525555550122")
    assert answer.json()["contacts"] == [{"input": "525555550122", "wa_id": BRUNO}]


async def test_a_contact_who_shows_no_phone_is_answered_by_bsuid(stage: Stage) -> None:
    await stage.hear({"type": "text", "text": "hola"}, contact=CARLA, hide_phone=True, username="carla.ok")
    [value] = stage.endpoint.values()
    assert "from" not in value["messages"][0]
    assert value["contacts"] == [
        {"profile": {"name": "Carla", "username": "carla.ok"}, "user_id": value["messages"][0]["from_user_id"]}
    ]
    user_id = value["messages"][0]["from_user_id"]
    answer = await stage.post(
        {"messaging_product": "whatsapp", "recipient": user_id, "type": "text", "text": {"body": "hola"}}
    )
    assert answer.json()["contacts"] == [{"input": user_id, "user_id": user_id}]
    statuses = await stage.endpoint.told(3)
    assert all("recipient_id" not in status and status["recipient_user_id"] == user_id for status in statuses)


async def test_the_46th_message_of_a_burst_is_131056(stage: Stage) -> None:
    await stage.order("graph/receipts", enabled=False)
    await stage.open_window()
    answers = [await stage.say(f"{i}") for i in range(46)]
    assert [answer.status_code for answer in answers] == [200] * 45 + [400]
    assert code(answers[-1]) == 131056
    assert (await stage.say(to=BRUNO)).status_code == 200
    await stage.order("graph/limits", pair_burst=100)
    assert (await stage.say()).status_code == 200


async def test_reading_and_typing(stage: Stage) -> None:
    first, second, third = await stage.hear(*({"type": "text", "text": text} for text in "abc"))
    typing = {"type": "text"}
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": second, "typing_indicator": typing}
    answer = await stage.post(read)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [entry["status"] for entry in await stage.conversation()] == ["read", "read", "delivered"]
    out = (await stage.say()).json()["messages"][0]["id"]
    for unknown in ("wamid.UNKNOWN", out):
        assert code(await stage.post({**read, "message_id": unknown})) == 131009
    requests = await stage.see("graph/requests")
    assert [request["kind"] for request in requests] == ["read", "message", "read", "read"]
    assert first != third


async def test_media_of_a_contact_is_read_by_id_within_five_minutes(stage: Stage) -> None:
    await stage.hear({"type": "audio"})
    told = stage.endpoint.messages()[0]["audio"]
    auth = {"Authorization": f"Bearer {TOKEN}"}
    described = await stage.http.get(f"/graph/v25.0/{told['id']}", params={"phone_number_id": NUMBER}, headers=auth)
    about = described.json()
    assert about["mime_type"] == "audio/ogg; codecs=opus"
    assert (await stage.http.get(about["url"])).status_code == 401
    file = await stage.http.get(about["url"], headers=auth)
    assert file.content.startswith(b"OggS")
    assert len(file.content) == about["file_size"]
    expired = httpx.URL(about["url"]).copy_set_param("ext", "1790000000")
    assert (await stage.http.get(expired, headers=auth)).status_code == 404
    assert code(await stage.http.get("/graph/v25.0/700000000009999", headers=auth)) == 100


async def test_uploaded_media_belongs_to_its_number(stage: Stage) -> None:
    await stage.open_window()
    auth = {"Authorization": f"Bearer {TOKEN}"}
    upload = await stage.http.post(
        f"/graph/v25.0/{NUMBER}/media",
        data={"messaging_product": "whatsapp", "type": "image/png"},
        files={"file": ("a.png", b"\x89PNG made up", "image/png")},
        headers=auth,
    )
    media_id = upload.json()["id"]
    picture = {"messaging_product": "whatsapp", "to": ANA, "type": "image", "image": {"id": media_id}}
    assert (await stage.post(picture)).status_code == 200
    assert code(await stage.post(picture, number=OTHER_NUMBER.phone_number_id)) == 100
    assert code(await stage.post({**picture, "image": {"id": "1"}})) == 100
    sound = {"messaging_product": "whatsapp", "to": ANA, "type": "audio", "audio": {"id": media_id}}
    assert code(await stage.post(sound)) == 131053
    gone = await stage.http.delete(f"/graph/v25.0/{media_id}", headers=auth)
    assert gone.json() == {"success": True}
    assert code(await stage.post(picture)) == 100


async def test_an_upload_of_a_strange_type_is_refused(stage: Stage) -> None:
    answer = await stage.http.post(
        f"/graph/v25.0/{NUMBER}/media",
        data={"messaging_product": "whatsapp", "type": "application/zip"},
        files={"file": ("a.zip", b"PK", "application/zip")},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert code(answer) == 100


async def test_receipts_can_be_shuffled_repeated_and_kept_back(stage: Stage) -> None:
    await stage.open_window()
    await stage.order("graph/receipts", order="shuffled", repeat=2, read=False, delay=0, seed=3)
    await stage.say()
    statuses = await stage.endpoint.told(4)
    assert sorted(status["status"] for status in statuses) == ["delivered"] * 2 + ["sent"] * 2
    await stage.order("graph/receipts", enabled=False)
    quiet = (await stage.say("sin recibos")).json()["messages"][0]["id"]
    await stage.order("graph/receipts", delay=0)
    last = (await stage.say("con recibos")).json()["messages"][0]["id"]
    await eventually(lambda: [s["status"] for s in stage.endpoint.statuses() if s["id"] == last][-1:] == ["read"])
    assert quiet not in {status["id"] for status in stage.endpoint.statuses()}
