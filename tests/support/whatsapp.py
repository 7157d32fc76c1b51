"""Webhook bodies for tests: the recorded shapes in tests/fixtures/whatsapp, and small ones built around a text."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures" / "whatsapp"
ACCOUNT = "900000000000001"
CHANNEL = "800000000000001"
WA_ID = "5491155550199"
USER_ID = "AR.1000000000000000001"


def recorded(name: str) -> dict[str, Any]:
    """The webhook `name`, such as `messages/text`."""
    body: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return body


def names(folder: str) -> list[str]:
    return sorted(f"{folder}/{path.stem}" for path in (FIXTURES / folder).glob("*.json"))


def change_in(body: dict[str, Any]) -> dict[str, Any]:
    """The single change of a recorded webhook, to be altered in place."""
    change: dict[str, Any] = body["entry"][0]["changes"][0]
    return change


def text_message(wamid: str, text: str = "hola", sender: str = WA_ID) -> dict[str, Any]:
    """One element of `messages[]`."""
    return {"from": sender, "id": wamid, "timestamp": "1790000000", "type": "text", "text": {"body": text}}


def webhook(*messages: Any, channel: str = CHANNEL, **value: Any) -> dict[str, Any]:
    """A webhook with these `messages[]`, and whatever else its value shall hold."""
    metadata = {"display_phone_number": "+54 9 11 5555-0101", "phone_number_id": channel}
    inner = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    if messages:
        inner["messages"] = list(messages)
    entry = {"id": ACCOUNT, "changes": [{"field": "messages", "value": inner}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}
