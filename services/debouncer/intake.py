"""A batch of messages comes in: who wrote, what is new, and how long their bursts are still waited for.

One transaction stores a whole batch. A message that is here already ends at its unique (channel, wamid).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from uuid import UUID

import structlog
from prometheus_client import Counter

from remanso.bus import Publisher, Received
from remanso.events import (
    ConversationChanged,
    DeliveryReady,
    Envelope,
    MessageEchoed,
    MessageReceived,
    PreferenceChanged,
    carried,
    wrap,
)
from remanso.model.content import Content, Location, looks_finished, opens_burst
from remanso.model.message import InboundMessage, Sender
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import Registry
from remanso.store import Store, Transaction
from remanso.store.arrivals import Arrival
from remanso.store.conversations import Conversation, Expectation
from services.debouncer.echoes import take_echoes
from services.debouncer.feedback import FEEDBACK, Given, hear
from services.debouncer.flood import FLOOD
from services.debouncer.forgotten import without_the_forgotten
from services.debouncer.limits import FLOODED, drop_flood
from services.debouncer.window import due_at, rhythm_after

STORED = Counter("remanso_debouncer_stored_total", "Messages stored, by kind of content.", ["client", "kind"])
DUPLICATES = Counter("remanso_debouncer_duplicates_total", "Messages that were here already.", ["client"])

log = structlog.get_logger()


WINDOW = timedelta(hours=24)
"""After a contact's last message, in which free text may be sent to them."""


class Intake:
    """The handler of `debouncer.message-received`."""

    def __init__(self, store: Store, publisher: Publisher, registry: Registry) -> None:
        self._store = store
        self._publisher = publisher
        self._registry = registry

    async def handle(self, batch: Sequence[Received]) -> None:
        """Stores the batch in one transaction. Raises StoreUnavailable; then all of it comes again."""
        by_client: dict[str, dict[str, Envelope]] = defaultdict(dict)
        for received in batch:
            envelope = received.envelope
            if envelope.client in self._registry.clients:
                by_client[envelope.client][envelope.id] = envelope
            else:
                received.reject(f"no client {envelope.client!r} is configured here")
        taken = {}
        async with self._store.transaction() as tx:
            for name in sorted(by_client):
                taken[name] = await take_in(tx, self._registry.clients[name].config, list(by_client[name].values()))
        for name, what in taken.items():
            _count(name, what)
        changed = [conversation for what in taken.values() for conversation in what.changed]
        await self._publisher.hint(
            *(wrap(ConversationChanged(conversation_id=c.id, what="message"), c.client) for c in changed)
        )
        replied = [(name, found) for name, what in taken.items() for found in what.replied]
        await self._publisher.hint(*(wrap(DeliveryReady(conversation_id=found), name) for name, found in replied))


@dataclass(frozen=True)
class Taken:
    """What became of one client's messages of a batch."""

    fresh: Sequence[Arrival]
    duplicates: int
    flooded: int
    changed: Sequence[Conversation]
    replied: Sequence[UUID]
    """Conversations in which something is to be sent: thanks, a question, the text about limits."""
    feedback: Sequence[Given]
    """What contacts said about how it went. Committed: whoever wants to tell the client may do so from here."""

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            [*self.fresh, *other.fresh],
            self.duplicates + other.duplicates,
            self.flooded + other.flooded,
            [*self.changed, *other.changed],
            [*self.replied, *other.replied],
            [*self.feedback, *other.feedback],
        )


def _count(client: str, taken: Taken) -> None:
    """Counted only after the commit: a batch that is tried again is the same messages."""
    for arrival in taken.fresh:
        kind = arrival.message.content.kind
        STORED.labels(client, kind).inc()
        log.info(
            "message.stored",
            client=client,
            conversation_id=str(arrival.conversation_id),
            event_id=arrival.event_id,
            kind=kind,
        )
    DUPLICATES.labels(client).inc(taken.duplicates)
    FLOODED.labels(client, FLOOD.reason).inc(taken.flooded)
    for given in taken.feedback:
        FEEDBACK.labels(client, given.outcome).inc()


async def take_in(tx: Transaction, config: ClientConfig, envelopes: Sequence[Envelope]) -> Taken:
    """Stores what one client's contacts wrote, and what was written to them, in the order in which it came in."""
    envelopes = await without_the_forgotten(tx, config.name, envelopes)
    met = await _meet(tx, config.name, envelopes)
    taken = Taken((), 0, 0, (), (), ())
    for kind, run in groupby(envelopes, lambda envelope: type(envelope.payload)):
        group = list(run)
        if kind is MessageReceived:
            taken += await _take_messages(tx, config, group, met)
        elif kind is MessageEchoed:
            opened = await _open(tx, config.name, group, met)
            changed = await take_echoes(tx, config, [(e, opened[_pair(e, met)].id) for e in group])
            taken += Taken((), 0, 0, list(changed.values()), (), ())
        else:
            for envelope in group:
                told = carried(envelope, PreferenceChanged)
                await tx.contacts.prefer(met[envelope.id], marketing=told.marketing, at=told.at)
    return taken


async def _meet(tx: Transaction, client: str, envelopes: Sequence[Envelope]) -> Mapping[str, UUID]:
    """The contact of each envelope, {event id: contact}; everybody's rows are locked before any conversation."""
    people = [_person(envelope) for envelope in envelopes]
    contacts = await tx.contacts.resolve(client, [who for who, _ in people], [new for _, new in people])
    met = {envelope.id: contact for envelope, contact in zip(envelopes, contacts, strict=True)}
    await _open(tx, client, [e for e in envelopes if not isinstance(e.payload, PreferenceChanged)], met)
    return met


def _person(envelope: Envelope) -> tuple[Sender, Sender | None]:
    """Whom an event is about, and whom they are known as from then on, if it announces that. Pure."""
    event = envelope.payload
    if isinstance(event, PreferenceChanged):
        return event.contact, None
    if isinstance(event, MessageEchoed):
        return event.message.recipient, None
    message = carried(envelope, MessageReceived).message
    return message.sender, None if message.written_from == message.sender else message.written_from


def _pair(envelope: Envelope, met: Mapping[str, UUID]) -> tuple[str, UUID]:
    event = envelope.payload
    message = event.message if isinstance(event, MessageEchoed) else carried(envelope, MessageReceived).message
    return message.channel, met[envelope.id]


async def _open(
    tx: Transaction, client: str, envelopes: Sequence[Envelope], met: Mapping[str, UUID]
) -> dict[tuple[str, UUID], Conversation]:
    """The conversations of these messages as they are now, locked from here on."""
    return await tx.conversations.open(client, [_pair(envelope, met) for envelope in envelopes])


async def _take_messages(
    tx: Transaction, config: ClientConfig, envelopes: Sequence[Envelope], met: Mapping[str, UUID]
) -> Taken:
    """Stores messages of contacts, in the one order, and moves their bursts."""
    opened = await _open(tx, config.name, envelopes, met)
    conversations = {conversation.id: conversation for conversation in opened.values()}
    arrivals = [_arrival(config, envelope, opened[_pair(envelope, met)]) for envelope in envelopes]
    new = await tx.arrivals.add(arrivals)
    fresh = [arrival for arrival in arrivals if arrival.event_id in new]
    fresh.sort(key=lambda arrival: arrival.message.order_key(arrival.received_at))
    await tx.arrivals.amend({arrival.conversation_id for arrival in fresh})
    for arrival in fresh:
        await _learn(tx, conversations[arrival.conversation_id], arrival.message)
    busy = await tx.turns.open_among({arrival.conversation_id for arrival in fresh})
    heard = await hear(tx, config, fresh, conversations, busy)
    flood, told = await drop_flood(tx, config, _without(fresh, heard.arrivals), conversations)
    answers = _by_conversation(heard.arrivals, conversations)
    bursts = _by_conversation(_without(fresh, [*heard.arrivals, *flood]), conversations)
    await tx.conversations.expect(
        [replace(expectation(c, group, config), burst_opened_at=None, due_at=None) for c, group in answers.items()]
        + [expectation(c, group, config, busy=c.id in busy) for c, group in bursts.items()]
    )
    changed, replied = list(bursts | answers), [*heard.replied, *told]
    return Taken(fresh, len(arrivals) - len(fresh), len(flood), changed, replied, heard.given)


def _arrival(config: ClientConfig, envelope: Envelope, conversation: Conversation) -> Arrival:
    message = carried(envelope, MessageReceived).message
    asks = _asks(config, conversation, message.content)
    return Arrival(conversation.id, message, envelope.received_at, envelope.id, asks, envelope.traceparent)


def _without(arrivals: Sequence[Arrival], others: Sequence[Arrival]) -> list[Arrival]:
    gone = {arrival.event_id for arrival in others}
    return [arrival for arrival in arrivals if arrival.event_id not in gone]


def _by_conversation(
    arrivals: Sequence[Arrival], conversations: dict[UUID, Conversation]
) -> dict[Conversation, list[Arrival]]:
    groups: dict[Conversation, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        groups[conversations[arrival.conversation_id]].append(arrival)
    return groups


def _asks(config: ClientConfig, conversation: Conversation, content: Content) -> bool:
    """Whether it opens a burst. Behind a closed window no emoji does: nothing could be sent to it."""
    if opens_burst(content):
        return True
    heard = conversation.last_inbound_at
    return config.emoji.wants_answer(content) and heard is not None and conversation.now - heard < WINDOW


async def _learn(tx: Transaction, conversation: Conversation, message: InboundMessage) -> None:
    """What a message tells about the person is saved at once, whether or not the bot ever reads it."""
    content = message.content
    if isinstance(content, Location):
        await tx.contacts.save_location(
            conversation.contact_id, content.model_dump(exclude_none=True, exclude={"kind"})
        )


def expectation(
    conversation: Conversation, arrivals: Sequence[Arrival], config: ClientConfig, *, busy: bool = False
) -> Expectation:
    """What these new messages (in order) change about their conversation; `busy`: it has an open turn. Pure."""
    messages = [arrival.message for arrival in arrivals]
    newest = messages[-1]
    speaking = [message for message in messages if opens_burst(message.content)]
    heard_at = min(speaking[-1].sent_at, conversation.now) if speaking else None
    asks = any(arrival.asks for arrival in arrivals)
    before = conversation.burst_opened_at if conversation.mode == "bot" else None  # a person's time is no burst
    opened_at = (before or conversation.now) if asks else None
    rhythm = _rhythm(conversation, speaking, config, busy=busy)
    late = conversation.last_inbound_at is not None and newest.sent_at < conversation.last_inbound_at
    return Expectation(
        conversation_id=conversation.id,
        reply_wa_id=conversation.reply_wa_id if late else newest.written_from.wa_id,
        reply_user_id=conversation.reply_user_id if late else newest.written_from.user_id,
        last_inbound_at=heard_at,
        burst_opened_at=opened_at,
        due_at=opened_at
        and due_at(
            conversation.now,
            opened_at,
            finished=looks_finished(newest.content),
            burst=config.burst,
            rhythm=rhythm,
        ),
        rhythm=rhythm,
    )


def _rhythm(
    conversation: Conversation, speaking: Sequence[InboundMessage], config: ClientConfig, *, busy: bool
) -> float | None:
    """What is known of the contact's pauses with these messages; None where the window is fixed. Pure."""
    if not config.burst.adaptive or conversation.mode != "bot":
        return None
    return rhythm_after(
        conversation.rhythm,
        conversation.last_inbound_at,
        [message.sent_at for message in speaking],
        going_on=busy or conversation.burst_opened_at is not None,
        burst=config.burst,
    )
