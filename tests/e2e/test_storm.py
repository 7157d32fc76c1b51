"""A thousand messages of a hundred contacts, every webhook three times, in random order."""

import time
from typing import Any

import pytest

from tests.support.play import STORM, Play, repeated
from tests.support.waiting import eventually
from tests.support.whatsapp import webhook

CONTACTS, MESSAGES = 100, 10

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def wa_id(contact: int) -> str:
    return f"549116000{contact:04}"


def texts(contact: int) -> list[str]:
    return [f"contacto {contact} dice {number}" for number in range(MESSAGES)]


def webhooks() -> list[dict[str, Any]]:
    """One webhook per message; each contact's messages are a second apart by Meta's clock."""
    began = int(time.time()) - MESSAGES
    return [
        webhook(
            {
                "from": wa_id(contact),
                "id": f"wamid.STORM{contact:03}N{number:02}",
                "timestamp": str(began + number),
                "type": "text",
                "text": {"body": text},
            },
            channel=STORM,
        )
        for contact in range(CONTACTS)
        for number, text in enumerate(texts(contact))
    ]


async def test_each_message_is_stored_once_and_each_burst_answered_once_in_order(play: Play) -> None:
    sent = webhooks()
    answer = await play.control(
        "POST", "webhooks", {"webhooks": sent, "repeat": 3, "shuffle": True, "seed": 7, "concurrency": 32}
    )
    assert answer["statuses"] == {"200": 3 * CONTACTS * MESSAGES}

    async def all_answered() -> bool:
        dialogs = await play.dialogs("storm")
        return len(dialogs) == CONTACTS and all(d.turns and d.at_rest for d in dialogs.values())

    await eventually(all_answered, within=200)
    asked = await play.control("GET", "openai/requests")
    for contact in range(CONTACTS):
        dialog = await play.dialog(wa_id(contact), "storm")
        assert dialog is not None
        said = texts(contact)
        assert dialog.texts_of("contact") == said, "stored once each, in the order sent"
        assert [message.position for message in dialog.messages] == list(range(1, len(dialog.messages) + 1))
        assert len(dialog.turns) == 1
        assert len(dialog.texts_of("bot")) == 1
        received = await play.received(wa_id(contact))
        assert received == dialog.texts_of("bot")
        assert not repeated(received)
        assert any(in_order(str(request["body"].get("messages")), said) for request in asked), (
            "the model read them in order"
        )
    assert await play.dead_letters() == 0


def in_order(text: str, parts: list[str]) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)
