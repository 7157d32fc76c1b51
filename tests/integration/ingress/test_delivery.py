"""POST: what happened becomes events on the bus, each once per webhook and told apart from its repeats."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from remanso.bus.topology import CONSOLE_CHANNEL_REPORTED, DEBOUNCER_MESSAGE_RECEIVED, SENDER_RECEIPT_RECEIVED
from remanso.channels.whatsapp.signature import HEADER
from remanso.events import ChannelReported, Envelope, MessageReceived, ReceiptReceived
from services.ingress.body import MOST_BYTES
from tests.support.ingress import GENERIC, NUMBERS, SECRET, Ingress, events_in
from tests.support.rabbitmq import Broker
from tests.support.whatsapp import FIXTURES, names, recorded, text_message, webhook

SIGNED = {HEADER: "sha256=" + "0" * 64}
REFERENCE_BODY = rb'{"t":"caf\u00e9 \/ ok"}'
REFERENCE_SIGNATURE = "sha256=a888baa7fba538f2e9cf05d0970183ce9369159dc3ec12e791f9b3c73e8e7ca0"


async def messages(broker: Broker) -> list[Envelope]:
    return await events_in(broker, DEBOUNCER_MESSAGE_RECEIVED.name)


async def reports(broker: Broker) -> list[ChannelReported]:
    found = [envelope.payload for envelope in await events_in(broker, CONSOLE_CHANNEL_REPORTED.name)]
    return [event for event in found if isinstance(event, ChannelReported)]


async def test_a_message_lies_in_the_queue_when_200_comes(emprendemy: Ingress, broker: Broker) -> None:
    for path in (GENERIC, f"{GENERIC}/emprendemy"):
        assert await emprendemy.post(recorded("messages/text"), path=path) == 200
        (envelope,) = await messages(broker)
        assert isinstance(envelope.payload, MessageReceived)
        assert envelope.client == "emprendemy"
        assert envelope.occurred_at == envelope.payload.message.sent_at < envelope.received_at
        assert envelope.payload.message.sender.profile_name == "Ana Example"


async def test_a_receipt_lies_in_its_queue(emprendemy: Ingress, broker: Broker) -> None:
    assert await emprendemy.post(recorded("statuses/delivered")) == 200
    (envelope,) = await events_in(broker, SENDER_RECEIPT_RECEIVED.name)
    assert isinstance(envelope.payload, ReceiptReceived)
    assert (envelope.payload.status, envelope.payload.callback) == ("delivered", "delivery-42")


async def test_the_reference_signature_over_the_raw_bytes(emprendemy: Ingress, broker: Broker) -> None:
    async def status(headers: dict[str, str]) -> int:
        return (await emprendemy.http.post(GENERIC, content=REFERENCE_BODY, headers=headers)).status_code

    assert await status({HEADER: REFERENCE_SIGNATURE}) == 200
    assert await status({HEADER.lower(): REFERENCE_SIGNATURE}) == 200
    assert [report.kind for report in await reports(broker)] == ["unknown_shape"] * 2
    for headers in (
        {},
        {HEADER: "sha256=" + "0" * 64},
        {"X-Hub-Signature": "sha1=x"},
        {HEADER: REFERENCE_SIGNATURE[7:]},
    ):
        assert await status(headers) == 401
    assert await reports(broker) == []


async def test_the_previous_secret_is_good_too(emprendemy: Ingress) -> None:
    assert await emprendemy.post(webhook(text_message("wamid.A")), secret="secret-of-last-week") == 200
    assert await emprendemy.post(webhook(text_message("wamid.A")), secret="second-secret") == 401


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"NaN", b"[" * 5000])
async def test_malformed_json_under_a_good_signature(emprendemy: Ingress, broker: Broker, body: bytes) -> None:
    assert await emprendemy.post(body) == 400
    assert await emprendemy.post(body, secret="wrong") == 401
    assert await reports(broker) == []


async def test_four_megabytes_are_enough(emprendemy: Ingress, broker: Broker) -> None:
    fits = b'"' + b"x" * (MOST_BYTES - 2) + b'"'
    assert await emprendemy.post(fits) == 200
    assert len(await reports(broker)) == 1
    assert await emprendemy.post(fits + b" ") == 413
    assert await emprendemy.post(fits * 3) == 413

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * (1 << 20)

    assert (await emprendemy.http.post(GENERIC, content=unannounced(), headers=SIGNED)).status_code == 413
    assert await reports(broker) == []


async def test_every_recorded_webhook_is_taken_and_only_messages_become_messages(
    emprendemy: Ingress, broker: Broker
) -> None:
    everything = [name for folder in FIXTURES.iterdir() for name in names(folder.name)]
    statuses = await asyncio.gather(*(emprendemy.post(recorded(name)) for name in everything))
    assert set(statuses) == {200}
    told = await messages(broker)
    spoken = {e.payload.message.wamid for e in told if isinstance(e.payload, MessageReceived)}
    assert {e.type for e in told} == {"message.received", "message.echoed", "preference.changed"}
    quarantined = {"wamid.SENDER_NOBODY", "wamid.GROUP", "wamid.FUTURE_TYPE"}
    own = {recorded(name)["entry"][0]["changes"][0]["value"]["messages"][0]["id"] for name in names("messages")}
    assert spoken == own - quarantined | {"wamid.ERR"}
    kinds = Counter(report.kind for report in await reports(broker))
    assert kinds["dashboard_test"] == len(names("dashboard"))
    assert kinds["field"] == len(names("fields")) - 2  # echoes and preferences speak of contacts
    assert kinds["errors"] == 2
    assert (kinds["unknown_shape"], kinds["unknown_type"]) == (2, 1)


async def test_one_bad_item_spoils_nothing(emprendemy: Ingress, broker: Broker) -> None:
    good = [text_message(f"wamid.{number}") for number in range(20)]
    batch = [*good[:10], {"type": "text"}, None, {**good[0], "id": "\ud83d", "text": {"body": "\u0000"}}, *good[10:]]
    assert await emprendemy.post(webhook(*batch)) == 200
    events = [e.payload for e in await messages(broker)]
    wamids = [event.message.wamid for event in events if isinstance(event, MessageReceived)]
    assert wamids == [f"wamid.{number}" for number in range(10)] + ["\ufffd"] + [f"wamid.{n}" for n in range(10, 20)]
    assert [report.kind for report in await reports(broker)] == ["unknown_shape"] * 2


async def test_a_full_batch_of_a_thousand(emprendemy: Ingress, broker: Broker) -> None:
    assert await emprendemy.post(webhook(*(text_message(f"wamid.{number}") for number in range(1000)))) == 200
    assert len({envelope.id for envelope in await messages(broker)}) == 1000


async def test_repeats_have_equal_ids(emprendemy: Ingress, broker: Broker) -> None:
    body = recorded("messages/text")
    body["entry"] += recorded("messages/text")["entry"] + recorded("statuses/read")["entry"]
    statuses = await asyncio.gather(*(emprendemy.post(body) for _ in range(5)))
    assert statuses == [200] * 5
    assert len({envelope.id for envelope in await messages(broker)}) == 1
    assert len({envelope.id for envelope in await events_in(broker, SENDER_RECEIPT_RECEIVED.name)}) == 1


async def test_many_at_once_all_arrive(emprendemy: Ingress, broker: Broker) -> None:
    deliveries = [emprendemy.post(webhook(text_message(f"wamid.{number}"))) for number in range(300)]
    assert set(await asyncio.gather(*deliveries)) == {200}
    assert len({envelope.id for envelope in await messages(broker)}) == 300


async def test_nothing_to_tell_is_fine(emprendemy: Ingress, broker: Broker) -> None:
    assert await emprendemy.post({"object": "whatsapp_business_account", "entry": []}) == 200
    assert await reports(broker) == []


async def test_an_unknown_number_is_a_report(emprendemy: Ingress, broker: Broker) -> None:
    status = {"id": "wamid.OUT", "status": "read", "timestamp": "1790000000"}
    assert await emprendemy.post(webhook(text_message("wamid.A"), channel="800000000000099", statuses=[status])) == 200
    assert await messages(broker) == []
    found = await reports(broker)
    assert [(report.kind, report.channel) for report in found] == [("unknown_number", "800000000000099")] * 2


async def test_several_clients_each_get_their_own(several: Ingress, broker: Broker) -> None:
    own = {name: webhook(text_message(f"wamid.{name}"), channel=number) for name, number in NUMBERS.items()}
    assert await several.post(own["emprendemy"], path=f"{GENERIC}/emprendemy") == 200
    assert await several.post(own["second"], path=f"{GENERIC}/second", secret="second-secret") == 200
    assert await several.post(own["second"], path=f"{GENERIC}/second", secret=SECRET) == 401
    assert [envelope.client for envelope in await messages(broker)] == ["emprendemy", "second"]

    assert await several.post(own["second"], path=GENERIC, secret="second-secret") == 200
    assert await several.post(own["sister"], path=GENERIC) == 200
    assert [envelope.client for envelope in await messages(broker)] == ["second", "sister"]

    assert await several.post(own["second"], path=f"{GENERIC}/emprendemy") == 200
    assert await several.post(own["second"], path=GENERIC) == 200
    assert await messages(broker) == []
    assert [report.kind for report in await reports(broker)] == ["unknown_number"] * 2


async def test_one_webhook_for_two_clients_of_one_app(several: Ingress, broker: Broker) -> None:
    body = webhook(text_message("wamid.A"))
    body["entry"] += webhook(text_message("wamid.B"), channel=NUMBERS["sister"])["entry"]
    assert await several.post(body) == 200
    assert [envelope.client for envelope in await messages(broker)] == ["emprendemy", "sister"]
