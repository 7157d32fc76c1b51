"""Every kind of message goes out by way of the real client to a Graph that refuses what Meta refuses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from remanso.bus import Bus
from remanso.model.delivery import DeliveryKind
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
from remanso.plugin.registry import Registry
from remanso.store import Store
from remanso.store.conversations import Conversation
from tests.support.scene import conversation_of, deliveries, receive
from tests.support.school import config, person, registry, said
from tests.support.senders import Senders
from tests.unit.simulator.graph_server import NUMBER, TOKEN, Stage, running_stage

SCHOOL = config(channel=NUMBER)


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with running_stage() as running:
        yield running


@pytest.fixture
async def senders(store: Store, bus: Bus, stage: Stage) -> AsyncIterator[Senders]:
    found = Senders(store, bus, f"{stage.origin}/graph")
    yield found
    await found.close()


def school() -> Registry:
    (client,) = registry(SCHOOL).clients.values()
    return Registry({client.name: replace(client, secrets={"access_token": SecretStr(TOKEN)})}, {})


async def written(store: Store) -> Conversation:
    """Somebody new has written to the simulator's number."""
    ana = person()
    await receive(store, [said(ana, channel=NUMBER)], SCHOOL)
    return await conversation_of(store, ana)


async def queue(store: Store, conversation: Conversation, *payloads: dict[str, Any]) -> None:
    async with store.transaction() as tx:
        first = await tx.conversations.take_delivery_positions(conversation.id, len(payloads))
        await tx.deliveries.add(conversation.id, first, payloads, kind=DeliveryKind.ANSWER, epoch=0)


async def test_each_kind_is_accepted_and_arrives_in_order(store: Store, senders: Senders, stage: Stage) -> None:
    conversation = await written(store)
    contact = conversation.reply_wa_id or ""
    wrote = await stage.open_window(contact)
    files = {kind: stage.simulator.graph.media.sample(kind).id for kind in ("image", "audio", "document", "sticker")}
    rows = tuple(Row(id=f"r{n}", title=f"Fila {n}", description="d" * 72) for n in range(10))
    kinds: list[Outgoing] = [
        Text(text="hola", quoted=wrote),
        Text(text="x" * 4096, preview_url=True),
        Media(type="image", id=files["image"], caption="c" * 1024),
        Media(type="video", link="https://cdn.example/v.mp4"),
        Media(type="audio", id=files["audio"], voice=True),
        Media(type="document", id=files["document"], filename="a.pdf", quoted=wrote),
        Media(type="sticker", id=files["sticker"]),
        Buttons(text="¿Sí?", buttons=tuple(Button(id=str(n), title=f"Opción {n}") for n in range(3)), header="H"),
        List(
            text="¿Cuál?",
            label="Ver",
            sections=(Section(title="A", rows=rows[:4]), Section(title="B", rows=rows[4:])),
            footer="pie",
        ),
        CtaUrl(text="Mirá", label="Abrir", url="https://shop.example/x"),
        LocationRequest(text="¿Dónde?", quoted=wrote),
        ContactInfoRequest(text="¿Tu número?"),
        Reaction(target=wrote, emoji="👍"),
        Reaction(target=wrote, emoji=""),
    ]
    await queue(store, conversation, *(message.payload() for message in kinds))
    await (await senders.one(clients=school())).drain.run(conversation.id)

    found = await deliveries(store, conversation.id)
    assert [(delivery.state, delivery.reason) for delivery in found] == [("accepted", None)] * len(kinds)
    heard = [one for one in await stage.conversation(contact) if one["direction"] == "out"]
    assert [one["callback"] for one in heard] == [str(delivery.id) for delivery in found]
    meant = [one["payload"].get("interactive", {}).get("type") or one["type"] for one in heard]
    interactive = ["button", "list", "cta_url", "location_request_message", "request_contact_info"]
    assert meant == ["text", "text", "image", "video", "audio", "document", "sticker", *interactive, *["reaction"] * 2]
    assert [one["payload"]["context"] for one in heard if "context" in one["payload"]] == [{"message_id": wrote}] * 3


async def test_a_tap_on_what_was_sent_names_it(store: Store, senders: Senders, stage: Stage) -> None:
    conversation = await written(store)
    contact = conversation.reply_wa_id or ""
    await stage.open_window(contact)
    await queue(store, conversation, Buttons(text="¿Sí?", buttons=(Button(id="yes", title="Sí"),)).payload())
    await (await senders.one(clients=school())).drain.run(conversation.id)
    (sent,) = await deliveries(store, conversation.id)
    stage.endpoint.clear()
    await stage.hear({"type": "button", "id": "yes", "title": "Sí"}, contact=contact)
    (tap,) = [message for message in stage.endpoint.messages() if message["type"] == "interactive"]
    assert tap["interactive"]["button_reply"] == {"id": "yes", "title": "Sí"}
    assert tap["context"]["id"] == sent.wamid


async def test_a_payload_that_no_message_can_be_made_of_fails_alone(
    store: Store, senders: Senders, stage: Stage
) -> None:
    conversation = await written(store)
    await stage.open_window(conversation.reply_wa_id or "")
    unreadable: dict[str, Any] = {"type": "buttons", "text": "me llamo Ana", "buttons": []}
    await queue(store, conversation, unreadable, {"type": "hologram"}, {"type": "text", "text": "sigue"})
    await (await senders.one(clients=school())).drain.run(conversation.id)
    found = await deliveries(store, conversation.id)
    assert [delivery.state for delivery in found] == ["failed", "failed", "accepted"]
    assert "at least 1 item" in (found[0].reason or "")
    assert "Ana" not in (found[0].reason or "")
