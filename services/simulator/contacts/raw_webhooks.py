"""Webhooks as a test wrote them: signed (or not), posted, and what they say remembered as if Meta had said it."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.contacts.handsets import Handsets, heard
from services.simulator.graph.conversations import Utterance
from services.simulator.graph.standin import GraphStandIn
from services.simulator.webhooks.delivery import WebhookPost
from services.simulator.webhooks.signing import encode, signatures

Json = dict[str, Any]


class RawWebhooks(BaseModel):
    """Payloads, or texts to be posted as they are. Each is posted `repeat` times, at most `concurrency` at once.

    `retry` tries a well signed payload again until its 200, as Meta does; else the first status of each counts.
    """

    model_config = ConfigDict(extra="forbid")

    webhooks: list[Json | str] = Field(min_length=1)
    repeat: int = Field(default=1, ge=1, le=1000)
    shuffle: bool = False
    seed: int | None = None
    concurrency: int = Field(default=32, ge=1, le=512)
    retry: bool = False
    signature: Literal["good", "bad", "missing"] = "good"


class RawPost:
    """Posts what a test wrote."""

    def __init__(self, graph: GraphStandIn, handsets: Handsets, post: WebhookPost) -> None:
        self._graph = graph
        self._handsets = handsets
        self._post = post

    async def send(self, order: RawWebhooks) -> Json:
        """Post everything; how often each status came back (0: no answer)."""
        genuine = order.signature == "good"
        posts = [(webhook, self._remember(webhook) if genuine else []) for webhook in order.webhooks] * order.repeat
        if order.shuffle:
            random.Random(order.seed).shuffle(posts)
        gate = asyncio.Semaphore(order.concurrency)

        async def send_one(webhook: Json | str, said: list[Utterance]) -> int:
            async with gate:
                return await self._send(webhook, said, order)

        statuses = await asyncio.gather(*(send_one(webhook, said) for webhook, said in posts))
        return {"statuses": dict(Counter(str(status) for status in statuses))}

    async def _send(self, webhook: Json | str, said: list[Utterance], order: RawWebhooks) -> int:
        arrived = self._handsets.arrived(said)
        if order.retry and isinstance(webhook, dict) and order.signature == "good":
            delivery = self._post.deliver(webhook, arrived)
            await delivery.over.wait()
            return delivery.status
        body = webhook.encode() if isinstance(webhook, str) else encode(webhook)
        status = await self._post.once(body, _headers(order.signature, body))
        if status == 200:
            arrived()
        return status

    def _remember(self, webhook: Json | str) -> list[Utterance]:
        """Record the messages to known numbers: they belong to their conversations and open windows."""
        said = []
        for value in _message_values(webhook) if isinstance(webhook, dict) else ():
            number = self._graph.numbers.get(_text(_object(value.get("metadata")).get("phone_number_id")) or "")
            for message in value["messages"] if number else []:
                wa_id = self._sender(message, value["contacts"] or [{}])
                if number and wa_id and _text(message.get("id")):
                    said.append(heard(wa_id, number, message))
        self._handsets.record(said)
        return said

    def _sender(self, message: Json, contacts: list[Json]) -> str | None:
        """The writer's wa_id, known from now on; of somebody who shows only a BSUID, the BSUID."""
        wa_id = _text(message.get("from"))
        profile = next((contact for contact in contacts if contact.get("wa_id") == wa_id), contacts[0])
        user_id = _text(message.get("from_user_id")) or _text(profile.get("user_id"))
        if wa_id is None:
            known = self._graph.phone_book.by_user_id(user_id or "")
            return known.wa_id if known else user_id
        name = _text(_object(profile.get("profile")).get("name"))
        return self._handsets.meet(wa_id, name=name, user_id=user_id).wa_id


def _message_values(webhook: Json) -> Iterator[Json]:
    """Every `value` with messages, as far as the webhook has Meta's shape: tests also post what has not."""
    for entry in _dicts(webhook.get("entry")):
        for change in _dicts(entry.get("changes")):
            value = change.get("value")
            if change.get("field") == "messages" and isinstance(value, dict) and _dicts(value.get("messages")):
                yield value | {key: list(_dicts(value.get(key))) for key in ("messages", "contacts")}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _dicts(items: Any) -> list[Json]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _headers(signature: str, body: bytes) -> dict[str, str] | None:
    if signature == "missing":
        return {}
    return signatures("not the app secret", body) if signature == "bad" else None
