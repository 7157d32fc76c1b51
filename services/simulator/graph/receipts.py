"""Status webhooks: what becomes of a message after it was accepted."""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.events import EventStream
from services.simulator.graph.conversations import Utterance
from services.simulator.graph.refusals import webhook_error
from services.simulator.phone_book import PhoneBook
from services.simulator.settings import BusinessNumber
from services.simulator.webhooks import payload
from services.simulator.webhooks.delivery import WebhookPost

Json = dict[str, Any]


class Steering(BaseModel):
    """How receipts come: `delay` seconds before each, in order or shuffled, each webhook `repeat` times."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = True
    delay: float = Field(default=0.05, ge=0)
    order: Literal["normal", "shuffled"] = "normal"
    repeat: int = Field(default=1, ge=1, le=100)
    read: bool = True
    seed: int | None = None


@dataclass(frozen=True)
class Fate:
    """The statuses a message will see; with `failed` the reason."""

    statuses: tuple[str, ...]
    code: int | None = None
    details: str | None = None
    category: str = "service"


def failure(code: int, details: str | None = None) -> Fate:
    """The fate of a message that was accepted and then could not be brought."""
    return Fate(("failed",), code, details)


class Receipts:
    """Lets each accepted message meet its fate, and tells the business by signed webhooks."""

    def __init__(self, post: WebhookPost, phone_book: PhoneBook, events: EventStream) -> None:
        self.steering = Steering()
        self._random = random.Random()
        self._post = post
        self._phone_book = phone_book
        self._events = events
        self._coming: set[asyncio.Task[None]] = set()

    def steer(self, steering: Steering) -> None:
        """Change how receipts come from now on; the seed makes shuffling repeatable."""
        self.steering = steering
        self._random = random.Random(steering.seed)

    def reset(self) -> None:
        """Back to the usual steering; receipts still to come will not."""
        self.steer(Steering())
        for task in self._coming:
            task.cancel()

    def follow(self, message: Utterance, number: BusinessNumber, fate: Fate) -> None:
        """Start telling what becomes of a message."""
        if not self.steering.enabled:
            return
        task = asyncio.create_task(self._come_true(message, number, fate, self.steering))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)

    async def _come_true(self, message: Utterance, number: BusinessNumber, fate: Fate, steering: Steering) -> None:
        statuses = [status for status in fate.statuses if status != "read" or steering.read]
        if steering.order == "shuffled":
            self._random.shuffle(statuses)
        for status in statuses:
            await asyncio.sleep(steering.delay)
            self._happened(message, status, fate)
            webhook = self._webhook(message, number, status, fate)
            deliveries = [self._post.deliver(webhook) for _ in range(steering.repeat)]
            if steering.order == "normal":
                await asyncio.gather(*(delivery.tried.wait() for delivery in deliveries))

    def _happened(self, message: Utterance, status: str, fate: Fate) -> None:
        if fate.code is not None:
            message.errors = [webhook_error(fate.code, fate.details)]
        if message.rise_to(status):
            self._events.tell("status", message.contact, message.shown())

    def _webhook(self, message: Utterance, number: BusinessNumber, status: str, fate: Fate) -> Json:
        contact = self._phone_book.get(message.contact) or self._phone_book.by_user_id(message.contact)
        told: Json = {"id": message.wamid, "status": status, "timestamp": str(int(time.time()))}
        by_phone = "to" in message.payload
        if by_phone:
            told["recipient_id"] = message.contact
        if message.callback is not None:
            told["biz_opaque_callback_data"] = message.callback
        if contact is not None and not (by_phone and status == "failed"):
            told["recipient_user_id"] = contact.user_id
        if status == "failed" and fate.code is not None:
            return payload.status(number, None, [told | {"errors": [webhook_error(fate.code, fate.details)]}])
        if status in ("sent", "delivered"):
            told["pricing"] = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": fate.category}
        return payload.status(number, contact, [told])
