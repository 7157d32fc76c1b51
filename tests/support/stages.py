"""A business whose number the simulator has: senders, rows and Meta in one test."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from remanso.model.delivery import DeliveryKind
from remanso.model.health import Fact, Subject
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import Registry
from remanso.store import Store
from remanso.store.conversations import Conversation
from tests.support.scene import conversation_of, receive
from tests.support.school import NAME, config, person, registry, said
from tests.unit.simulator.graph_server import NUMBER, TOKEN, Stage

ACCOUNT = "900000000000001"
REOPEN = {"name": "seguimos", "language": "es_AR", "parameters": ["{name}", "{business}"], "nameless": "👋"}
DEFINITION = {
    "name": "seguimos",
    "language": "es_AR",
    "body": "Hola {{1}}, {{2}} te quiere responder.",
    "category": "UTILITY",
}


def business(**sections: Mapping[str, Any]) -> ClientConfig:
    channel = {"phone_number_id": NUMBER, "display_number": "+54 9 11 5555-0101", "account": ACCOUNT}
    return config(channels=[channel], **sections)  # type: ignore[arg-type]


def served(known: ClientConfig, folder: Path = Path()) -> Registry:
    (client,) = registry(known).clients.values()
    return Registry({client.name: replace(client, folder=folder, secrets={"access_token": SecretStr(TOKEN)})}, {})


async def written(store: Store, known: ClientConfig) -> Conversation:
    """Somebody new has written to the simulator's number."""
    ana = person()
    await receive(store, [said(ana, channel=NUMBER)], known)
    return await conversation_of(store, ana)


async def writes_again(store: Store, stage: Stage, known: ClientConfig, conversation: Conversation) -> None:
    """The contact writes, for Meta and for us."""
    contact = conversation.reply_wa_id or ""
    await stage.open_window(contact)
    ana = as_known(conversation)
    await receive(store, [said(ana, "acá estoy", channel=NUMBER)], known)


def as_known(conversation: Conversation) -> Any:
    return person().model_copy(update={"wa_id": conversation.reply_wa_id, "user_id": conversation.reply_user_id})


async def queued(
    store: Store, conversation: Conversation, *payloads: dict[str, Any], kind: DeliveryKind = DeliveryKind.ANSWER
) -> None:
    async with store.transaction() as tx:
        locked = await tx.conversations.lock(conversation.id)
        first = await tx.conversations.take_delivery_positions(conversation.id, len(payloads))
        await tx.deliveries.add(conversation.id, first, payloads, kind=kind, epoch=locked.epoch)


async def told(
    store: Store,
    status: str,
    *,
    name: str = "seguimos",
    language: str = "es_AR",
    category: str = "UTILITY",
    at: datetime | None = None,
) -> None:
    """Meta tells of a template."""
    async with store.transaction() as tx:
        when = at or await tx.health.now()
        key = (ACCOUNT, name, language)
        facts = [
            Fact(Subject.TEMPLATE, key, aspect, value, when)
            for aspect, value in (("status", status), ("category", category))
        ]
        await tx.health.tell(NAME, facts)


async def heard(stage: Stage, conversation: Conversation) -> list[str]:
    """What the contact got, in the order of acceptance."""
    log = await stage.conversation(conversation.reply_wa_id or "")
    return [one["text"] for one in log if one["direction"] == "out"]
