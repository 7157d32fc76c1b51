"""The contacts' phones: what a contact writes becomes signed webhooks at the business's endpoint."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.control.utterances import AnySaid, Scene
from services.simulator.events import EventStream
from services.simulator.graph.contacts import Contact
from services.simulator.graph.conversations import Utterance
from services.simulator.graph.plain_text import plain_text
from services.simulator.graph.standin import GraphStandIn
from services.simulator.graph.wamid import new_wamid
from services.simulator.settings import BusinessNumber
from services.simulator.webhooks import payload
from services.simulator.webhooks.delivery import Delivery, WebhookPost, within

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
        self._writing: set[asyncio.Task[list[Delivery]]] = set()

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
        number = self._number(burst.phone_number_id)
        contact = self.meet(wa_id, name=burst.profile_name, user_id=burst.user_id, username=burst.username)
        said = [self._say(contact, number, burst, index) for index in range(len(burst.messages))]
        for utterance in said:
            self._events.tell("message", contact.wa_id, utterance.shown())
        writing = asyncio.create_task(self._send(contact, number, said, burst))
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        wamids = [utterance.wamid for utterance in said]
        if not burst.wait:
            return {"wamids": wamids, "webhook_status": []}
        return {"wamids": wamids, "webhook_status": await _outcome(writing, burst.timeout)}

    def meet(self, wa_id: str, **told: str | None) -> Contact:
        """The contact, brought up to date; watchers hear of what is new."""
        before = self._graph.phone_book.get(wa_id)
        contact = self._graph.phone_book.meet(wa_id, **told)
        if contact != before:
            about = {"name": contact.name, "wa_id": wa_id, "user_id": contact.user_id}
            self._events.tell("contact", wa_id, about)
        return contact

    def _number(self, phone_number_id: str | None) -> BusinessNumber:
        if phone_number_id is not None:
            return self._graph.number(phone_number_id)
        return next(iter(self._graph.numbers.values()))

    def _say(self, contact: Contact, number: BusinessNumber, burst: Burst, index: int) -> Utterance:
        said = burst.messages[index]
        first = burst.sent_at if burst.sent_at is not None else time.time()
        sent_at = said.sent_at if said.sent_at is not None else first + (index if burst.spread else 0)
        sender = {"from_user_id": contact.user_id} | ({} if burst.hide_phone else {"from": contact.wa_id})
        common = {"id": said.wamid or new_wamid(contact.wa_id), "timestamp": str(int(sent_at))}
        scene = Scene(contact, number, self._graph.conversations, self._graph.media)
        utterance = heard(contact.wa_id, number, sender | common | said.message(scene))
        self._graph.conversations.add(utterance, sent_at=sent_at)
        if utterance.type == "system":
            self.meet(utterance.payload["system"]["wa_id"], name=contact.name)
        return utterance

    async def _send(
        self, contact: Contact, number: BusinessNumber, said: list[Utterance], burst: Burst
    ) -> list[Delivery]:
        mixer = random.Random(burst.seed)
        if burst.shuffle and burst.batch:
            said = mixer.sample(said, len(said))
        groups = [said] if burst.batch else [[utterance] for utterance in said]
        posts = groups * burst.repeat if burst.shuffle else [group for group in groups for _ in range(burst.repeat)]
        if burst.shuffle:
            mixer.shuffle(posts)
            return [self._deliver(contact, number, group, burst) for group in posts]
        deliveries = []
        async with self._lines[contact.wa_id]:
            for group in posts:
                delivery = self._deliver(contact, number, group, burst)
                await delivery.tried.wait()
                deliveries.append(delivery)
        return deliveries

    def _deliver(self, contact: Contact, number: BusinessNumber, group: list[Utterance], burst: Burst) -> Delivery:
        messages = [utterance.payload for utterance in group]
        profile = None if all(utterance.type == "system" for utterance in group) else contact
        webhook = payload.inbound(number, profile, messages, hide_phone=burst.hide_phone)
        return self._post.deliver(webhook, self.arrived(group))

    def arrived(self, group: list[Utterance]) -> Callable[[], None]:
        """What to do once the business has taken these messages: they get their second tick."""

        def tick() -> None:
            for utterance in group:
                if utterance.rise_to("delivered"):
                    self._events.tell("status", utterance.contact, utterance.shown())

        return tick


def heard(contact: str, number: BusinessNumber, message: Json) -> Utterance:
    """An inbound message object as an entry of the conversation."""
    return Utterance(
        direction="in",
        wamid=str(message.get("id")),
        type=str(message.get("type")),
        text=plain_text(message),
        payload=message,
        at=time.time(),
        contact=contact,
        phone_number_id=number.phone_number_id,
        status="sent",
    )


async def _outcome(writing: asyncio.Task[list[Delivery]], timeout: float) -> list[int]:
    deliveries: list[Delivery] = []
    async with within(timeout):
        deliveries = await asyncio.shield(writing)
        for delivery in deliveries:
            await delivery.taken.wait()
    return [delivery.status for delivery in deliveries]
