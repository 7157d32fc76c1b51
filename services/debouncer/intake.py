"""A batch of messages comes in: who wrote, what is new, and how long their bursts are still waited for.

One transaction stores a whole batch. A message that is here already ends at its unique (channel, wamid).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Counter

from remanso.bus import Publisher, Received
from remanso.events import ConversationChanged, Envelope, MessageReceived, carried, wrap
from remanso.model.content import IdentityChange, Location, looks_finished, opens_burst
from remanso.model.message import InboundMessage
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import Registry
from remanso.store import Store, Transaction
from remanso.store.conversations import Conversation, Expectation
from remanso.store.messages import Arrival
from services.debouncer.flood import beyond_limit, flood_span
from services.debouncer.window import due_at

STORED = Counter("remanso_debouncer_stored_total", "Messages stored, by kind of content.", ["client", "kind"])
DUPLICATES = Counter("remanso_debouncer_duplicates_total", "Messages that were here already.", ["client"])
FLOODED = Counter(
    "remanso_debouncer_flooded_total", "Messages not handed to the bot: too many in a short time.", ["client"]
)


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


@dataclass(frozen=True)
class Taken:
    """What became of one client's messages of a batch."""

    fresh: Sequence[Arrival]
    duplicates: int
    flooded: int
    changed: Sequence[Conversation]


def _count(client: str, taken: Taken) -> None:
    """Counted only after the commit: a batch that is tried again is the same messages."""
    for arrival in taken.fresh:
        STORED.labels(client, arrival.message.content.kind).inc()
    DUPLICATES.labels(client).inc(taken.duplicates)
    FLOODED.labels(client).inc(taken.flooded)


async def take_in(tx: Transaction, config: ClientConfig, envelopes: Sequence[Envelope]) -> Taken:
    """Stores one client's messages, in the one order, and moves their bursts."""
    arrivals, conversations = await _place(tx, config.name, envelopes)
    new = await tx.messages.add(arrivals)
    fresh = [arrival for arrival in arrivals if arrival.event_id in new]
    fresh.sort(key=lambda arrival: arrival.message.order_key(arrival.received_at))
    for arrival in fresh:
        await _learn(tx, config.name, conversations[arrival.conversation_id], arrival.message)
    flood = await _drop_flood(tx, config, fresh)
    by_conversation: dict[Conversation, list[Arrival]] = defaultdict(list)
    for arrival in fresh:
        if arrival.event_id not in flood:
            by_conversation[conversations[arrival.conversation_id]].append(arrival)
    await tx.conversations.expect([expectation(c, group, config) for c, group in by_conversation.items()])
    return Taken(fresh, len(arrivals) - len(fresh), len(flood), list(by_conversation))


async def _place(
    tx: Transaction, client: str, envelopes: Sequence[Envelope]
) -> tuple[list[Arrival], dict[object, Conversation]]:
    """Finds each message's contact and conversation; the conversations are locked from here on."""
    messages = [carried(envelope, MessageReceived).message for envelope in envelopes]
    contacts = await tx.contacts.resolve(client, [message.sender for message in messages])
    pairs = [(message.channel, contact) for message, contact in zip(messages, contacts, strict=True)]
    opened = await tx.conversations.open(client, pairs)
    arrivals = [
        Arrival(opened[pair].id, message, envelope.received_at, envelope.id)
        for pair, message, envelope in zip(pairs, messages, envelopes, strict=True)
    ]
    return arrivals, {conversation.id: conversation for conversation in opened.values()}


async def _learn(tx: Transaction, client: str, conversation: Conversation, message: InboundMessage) -> None:
    """What a message tells about the person is saved at once, whether or not the bot ever reads it."""
    content = message.content
    if isinstance(content, Location):
        await tx.contacts.save_location(
            conversation.contact_id, content.model_dump(exclude_none=True, exclude={"kind"})
        )
    elif isinstance(content, IdentityChange):
        new = (("user_id", content.new_user_id), ("wa_id", content.new_wa_id))
        aliases = [(kind, value) for kind, value in new if value]
        await tx.contacts.add_aliases(client, conversation.contact_id, aliases)


async def _drop_flood(tx: Transaction, config: ClientConfig, fresh: Sequence[Arrival]) -> set[str]:
    """Marks what no turn will get; gives the event ids."""
    groups: dict[object, list[Arrival]] = defaultdict(list)
    for arrival in fresh:
        groups[arrival.conversation_id].append(arrival)
    counts = await tx.messages.count_between(flood_span(group, config.flood) for group in groups.values())
    dropped = [
        arrival
        for group in groups.values()
        for arrival in beyond_limit(group, counts.get(group[0].conversation_id, 0), config.flood)
    ]
    if dropped:
        await tx.messages.drop(dropped, "flood")
    return {arrival.event_id for arrival in dropped}


def expectation(conversation: Conversation, arrivals: Sequence[Arrival], config: ClientConfig) -> Expectation:
    """What these new messages (in order) change about their conversation. Pure."""
    messages = [arrival.message for arrival in arrivals]
    newest = messages[-1]
    speaking = [message for message in messages if opens_burst(message.content)]
    heard_at = min(speaking[-1].sent_at, conversation.now) if speaking else None
    asks = speaking or conversation.mode == "human"  # a person reads reactions as well
    opened_at = (conversation.burst_opened_at or conversation.now) if asks else None
    late = conversation.last_inbound_at is not None and newest.sent_at < conversation.last_inbound_at
    return Expectation(
        conversation_id=conversation.id,
        reply_wa_id=conversation.reply_wa_id if late else newest.sender.wa_id,
        reply_user_id=conversation.reply_user_id if late else newest.sender.user_id,
        last_inbound_at=heard_at,
        burst_opened_at=opened_at,
        due_at=opened_at
        and due_at(conversation.now, opened_at, finished=looks_finished(newest.content), burst=config.burst),
    )
