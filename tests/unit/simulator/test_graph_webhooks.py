"""Webhooks as they leave: bytes, signatures, retries, batches, repeats, shuffles, raw ones."""

import json
import time
from typing import Any

import pytest

from services.simulator.webhooks.signing import encode, signatures
from tests.support.waiting import eventually
from tests.unit.simulator.graph_server import ANA, NUMBER, Stage

Json = dict[str, Any]


def texts(*words: str) -> list[Json]:
    return [{"type": "text", "text": word} for word in words]


def raw(wamid: str = "wamid.RAW1", number: str = NUMBER, **message: Any) -> Json:
    told = {"from": ANA, "id": wamid, "timestamp": "1790000000", "type": "text", "text": {"body": "crudo"}} | message
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "5491155550101", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Ana Raw"}, "wa_id": ANA}],
        "messages": [told],
    }
    changes = [{"field": "messages", "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "900000000000001", "changes": changes}]}


def test_signature_of_the_known_vector() -> None:
    signed = signatures("made-up-secret", rb'{"t":"caf\u00e9 \/ ok"}')
    expected = "sha256=a888baa7fba538f2e9cf05d0970183ce9369159dc3ec12e791f9b3c73e8e7ca0"
    assert signed["X-Hub-Signature-256"] == expected


def test_bodies_are_ascii_with_metas_escapes() -> None:
    payload = {"t": "café / ok", "u": "<👍>"}
    assert encode(payload) == rb'{"t":"caf\u00e9 \/ ok","u":"\u003C\ud83d\udc4d>"}'
    assert json.loads(encode(payload)) == payload


async def test_each_message_is_a_signed_webhook_in_order(stage: Stage) -> None:
    wamids = await stage.hear(*texts("uno", "dos / ñ", "tres"), profile_name="Ana María")
    assert [message["id"] for message in stage.endpoint.messages()] == wamids
    assert stage.endpoint.headers[0]["content-type"] == "application/json"
    assert rb"dos \/ \u00f1" in stage.endpoint.bodies[1]
    [contact] = next(stage.endpoint.values())["contacts"]
    assert contact["profile"]["name"] == "Ana María"


async def test_a_batch_is_one_webhook(stage: Stage) -> None:
    told = await stage.order(f"contacts/{ANA}/send", messages=texts("a", "b", "c"), batch=True)
    assert (told["webhook_status"], len(stage.endpoint.bodies)) == ([200], 1)
    assert [message["id"] for message in stage.endpoint.messages()] == told["wamids"]


async def test_timestamps_spread_by_a_second(stage: Stage) -> None:
    await stage.hear(*texts("a", "b"), sent_at=1790000000, spread=True)
    assert [message["timestamp"] for message in stage.endpoint.messages()] == ["1790000000", "1790000001"]


async def test_repeated_and_shuffled_by_seed(stage: Stage) -> None:
    burst: Json = {"repeat": 3, "shuffle": True, "seed": 7, "batch": True}
    wamids = await stage.hear(*texts(*"abcdef"), **burst)
    first, second, third = stage.endpoint.bodies
    assert first == second == third
    mixed = [message["text"]["body"] for message in stage.endpoint.messages()[:6]]
    assert sorted(mixed) == list("abcdef") != mixed
    assert len(wamids) == 6
    await stage.clear()
    await stage.hear(*texts(*"abcdef"), **burst)
    assert [message["text"]["body"] for message in stage.endpoint.messages()[:6]] == mixed
    await stage.clear()
    await stage.hear(*texts(*"abcdef"), repeat=3, shuffle=True, seed=7)
    assert sorted(message["text"]["body"] for message in stage.endpoint.messages()) == sorted("abcdef" * 3)


async def test_a_webhook_comes_again_until_it_gets_200(stage: Stage) -> None:
    stage.endpoint.answers = [503, 500]
    told = await stage.order(f"contacts/{ANA}/send", messages=texts("hola"))
    assert told["webhook_status"] == [200]
    first, second, third = stage.endpoint.bodies
    assert first == second == third
    attempts = await stage.see("webhooks")
    assert [(attempt["number"], attempt["status"]) for attempt in attempts] == [(1, 503), (2, 500), (3, 200)]
    [entry] = await stage.conversation()
    assert entry["status"] == "delivered"


async def test_the_rest_of_a_burst_does_not_wait_for_the_retry(stage: Stage) -> None:
    stage.endpoint.answers = [503]
    await stage.hear(*texts("uno", "dos"))
    assert [message["text"]["body"] for message in stage.endpoint.messages()] == ["uno", "dos", "uno"]


async def test_without_waiting_the_answer_comes_at_once(stage: Stage) -> None:
    stage.endpoint.answers = [503] * 2
    told = await stage.order(f"contacts/{ANA}/send", messages=texts("hola"), wait=False)
    assert (len(told["wamids"]), told["webhook_status"]) == (1, [])
    await eventually(lambda: len(stage.endpoint.bodies) == 3)


async def test_waiting_ends_with_the_timeout(stage: Stage) -> None:
    stage.endpoint.answers = [503] * 50
    told = await stage.order(f"contacts/{ANA}/send", messages=texts("hola"), timeout=0.2)
    assert told["webhook_status"] == [503]


async def test_a_reset_gives_up_what_is_on_its_way(stage: Stage) -> None:
    stage.endpoint.answers = [503] * 50
    await stage.order(f"contacts/{ANA}/send", messages=texts("hola"), wait=False)
    await eventually(lambda: len(stage.endpoint.bodies) >= 1)
    await stage.clear()
    assert await stage.see("webhooks") == []
    assert await stage.conversation() == []
    await stage.hear(*texts("nuevo"))
    assert [message["text"]["body"] for message in stage.endpoint.messages()] == ["nuevo"]


async def test_raw_webhooks_are_signed_repeated_and_remembered(stage: Stage) -> None:
    told = await stage.order("webhooks", webhooks=[raw(), raw("wamid.RAW2")], repeat=3, shuffle=True, seed=1)
    assert told == {"statuses": {"200": 6}}
    assert [entry["wamid"] for entry in await stage.conversation()] == ["wamid.RAW1", "wamid.RAW2"]
    assert {"Ana Raw"} <= {contact["name"] for contact in (await stage.see("state"))["contacts"]}


async def test_raw_webhooks_open_the_window(stage: Stage) -> None:
    await stage.order("webhooks", webhooks=[raw(timestamp=str(int(time.time())))])
    await stage.say()
    assert [status["status"] for status in await stage.endpoint.told(3)] == ["sent", "delivered", "read"]


@pytest.mark.parametrize("signature", ["bad", "missing"])
async def test_raw_webhooks_signed_badly(stage: Stage, signature: str) -> None:
    assert await stage.order("webhooks", webhooks=[raw()], signature=signature) == {"statuses": {"401": 1}}
    assert await stage.conversation() == [], "nobody of Meta's said it"


async def test_raw_webhooks_need_no_shape(stage: Stage) -> None:
    values: list[Any] = [3, {"messages": 1}, {"metadata": 1, "messages": [{}]}]
    changes = [{"field": "messages", "value": value} for value in values]
    strange: list[Any] = ["{", {}, {"entry": 1}, {"entry": [{"changes": changes}]}]
    strange += [raw(number="1"), raw(id=5), raw(type=None, id=None), raw("wamid.S", system=3, timestamp={})]
    assert await stage.order("webhooks", webhooks=strange) == {"statuses": {"200": len(strange)}}
    assert [entry["wamid"] for entry in await stage.conversation()] == ["wamid.S"]


async def test_raw_webhooks_are_tried_once_unless_told(stage: Stage) -> None:
    stage.endpoint.answers = [503]
    assert await stage.order("webhooks", webhooks=[raw()]) == {"statuses": {"503": 1}}
    stage.endpoint.answers = [503]
    assert await stage.order("webhooks", webhooks=[raw()], retry=True) == {"statuses": {"200": 1}}


async def test_the_endpoint_proves_the_verify_token(stage: Stage) -> None:
    assert await stage.order("webhooks/verify") == {"verified": True}
    assert (await stage.see("state"))["webhook"]["verified"] is True
