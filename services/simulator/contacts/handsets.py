"""The contacts' phones: what a contact writes becomes signed webhooks at the business's endpoint."""

import asyncio
import contextlib
import random
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.contacts.utterances import AnySaid, Scene
from services.simulator.events import EventStream
from services.simulator.graph.conversations import Utterance
from services.simulator.graph.plain_text import plain_text
from services.simulator.graph.standin import GraphStandIn
from services.simulator.graph.wamid import new_wamid
from services.simulator.phone_book import Contact
from services.simulator.settings import BusinessNumber
from services.simulator.webhooks import payload
from services.simulator.webhooks.delivery import Delivery, WebhookPost

Json = dict[str, Any]


class Burst(BaseModel):
    """What a contact sends. Each message is a webhook of its own unless `batch`; each webhook is posted `repeat` times.

    `user_id` and `username` are learnt for the contact; `hide_phone` leaves `from` and `wa_id` out, as for people with
    a username. `sent_at` is the first message's timestamp (Unix seconds, default now); `spread` adds a second to each
    further one. `shuffle` posts in random order, all at once (and mixes the messages of a batch).
    """

    model_config = ConfigDict(extra="forbid")

    messages: list[AnySaid] = Field(min_length=1)
    profile_name: str | None = None
    phone_number_id: str | None = None
    user_id: str | None = Field(default=None, pattern=r"^[A-Z]{2}\.")
    username: str | None = None
    hide_phone: bool = False
    sent_at: float | None = None
    spread: bool = False
    batch: bool = False
    repeat: int = Field(default=1, ge=1, le=1000)
    shuffle: bool = False
    seed: int | None = None
    wait: bool = True
    timeout: float = Field(default=60.0, gt=0)


class Handsets:
    """Writes for every made-up contact."""

    def __init__(self, graph: GraphStandIn, post: WebhookPost, events: EventStream) -> None:
        self._graph = graph
        self._post = post
        self._events = events
        self._lines: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._writing: set[asyncio.Task[None]] = set()

    def reset(self) -> None:
        """Stop writing what is not written yet."""
        for task in self._writing:
            task.cancel()
        self._lines.clear()

    async def write(self, wa_id: str, burst: Burst) -> Json:
        """Send a burst; the ids of its messages, and the status of the newest attempt of each webhook.

        Waits (if asked) until every webhook got its 200, or `burst.timeout` seconds; what is missing then goes on being
        tried. Raises `BadInput` and `Refusal` for what cannot be written.
        """
        number = self.number(burst.phone_number_id)
        contact = self.meet(wa_id, name=burst.profile_name, user_id=burst.user_id, username=burst.username)
        messages = [self._message(contact, number, burst, index) for index in range(len(burst.messages))]
        said = [heard(contact.wa_id, number, message) for message in messages]
        self.record(said)
        deliveries: list[Delivery] = []
        writing = asyncio.create_task(self._send(contact, number, said, burst, deliveries))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        if burst.wait:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(burst.timeout):
                    await asyncio.wait({writing})
                    await asyncio.gather(*(delivery.over.wait() for delivery in deliveries))
        statuses = [delivery.status for delivery in deliveries]
        return {"wamids": [utterance.wamid for utterance in said], "webhook_status": statuses}

    def meet(self, wa_id: str, **told: str | None) -> Contact:
        """The contact, brought up to date; watchers hear of what is new."""
        before = self._graph.phone_book.get(wa_id)
        contact = self._graph.phone_book.meet(wa_id, **told)
        if contact != before:
            about = {"name": contact.name, "wa_id": wa_id, "user_id": contact.user_id}
            self._events.tell("contact", wa_id, about)
        return contact

    def number(self, phone_number_id: str | None) -> BusinessNumber:
        """The business number of this id, or the first one."""
        if phone_number_id is not None:
            return self._graph.number(phone_number_id)
        return next(iter(self._graph.numbers.values()))

    def record(self, said: list[Utterance]) -> None:
        """Put a contact's messages on record, each id once, and tell the watchers."""
        for utterance in said:
            if self._graph.conversations.keep(utterance):
                self._events.tell("message", utterance.contact, utterance.shown())
            system = utterance.payload.get("system")
            if isinstance(system, dict) and isinstance(system.get("wa_id"), str):
                self.meet(system["wa_id"])

    def _message(self, contact: Contact, number: BusinessNumber, burst: Burst, index: int) -> Json:
        said = burst.messages[index]
        first = burst.sent_at if burst.sent_at is not None else time.time()
        sent_at = said.sent_at if said.sent_at is not None else first + (index if burst.spread else 0)
        sender = ({} if burst.hide_phone else {"from": contact.wa_id}) | {"from_user_id": contact.user_id}
        common = {"id": said.wamid or new_wamid(contact.wa_id), "timestamp": str(int(sent_at))}
        scene = Scene(contact, number, self._graph.conversations, self._graph.media)
        return sender | common | said.message(scene)

    async def _send(
        self, contact: Contact, number: BusinessNumber, said: list[Utterance], burst: Burst, deliveries: list[Delivery]
    ) -> None:
        posts = _posts(said, burst)
        if burst.shuffle:
            deliveries.extend(self._deliver(contact, number, group, burst) for group in posts)
            return
        async with self._lines[contact.wa_id]:
            for group in posts:
                deliveries.append(self._deliver(contact, number, group, burst))
                await deliveries[-1].tried.wait()

    def _deliver(self, contact: Contact, number: BusinessNumber, group: list[Utterance], burst: Burst) -> Delivery:
        messages = [utterance.payload for utterance in group]
        profile = None if all(utterance.type == "system" for utterance in group) else contact
        webhook = payload.inbound(number, profile, messages, hide_phone=burst.hide_phone)
        return self._post.deliver(webhook, self.arrived(group))

    def arrived(self, group: list[Utterance]) -> Callable[[], None]:
        """What to do once the business has taken these messages: they get their second tick."""

        def tick() -> None:
            for utterance in filter(None, (self._graph.conversations.find(said.wamid) for said in group)):
                if utterance.rise_to("delivered"):
                    self._events.tell("status", utterance.contact, utterance.shown())

        return tick


def _posts(said: list[Utterance], burst: Burst) -> list[list[Utterance]]:
    """The messages of each webhook, in the order of posting."""
    mixer = random.Random(burst.seed)
    if burst.shuffle and burst.batch:
        said = mixer.sample(said, len(said))
    groups = [said] if burst.batch else [[utterance] for utterance in said]
    posts = [group for group in groups for _ in range(burst.repeat)]
    if burst.shuffle:
        mixer.shuffle(posts)
    return posts


def heard(contact: str, number: BusinessNumber, message: Json) -> Utterance:
    """An inbound message object as an entry of the conversation."""
    return Utterance(
        direction="in",
        wamid=str(message.get("id")),
        type=str(message.get("type", "unknown")),
        text=plain_text(message),
        payload=message,
        at=time.time(),
        sent_at=_seconds(message.get("timestamp")),
        contact=contact,
        phone_number_id=number.phone_number_id,
        status="sent",
    )


def _seconds(timestamp: Any) -> float | None:
    try:
        return float(timestamp)
    except (TypeError, ValueError):
        return None
