"""The limits of a contact at work: what is beyond them is kept with its reason, and the contact is told so, once.

Messages in a short time are counted when they come in, by the channel's clock. Turns are counted when one more would
be sealed, by PostgreSQL's: they are what a contact costs, however their messages came. In a person's hands there is no
limit: who reads decides.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from prometheus_client import Counter

from remanso.model.delivery import DeliveryKind
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import Registry
from remanso.store import Transaction
from remanso.store.arrivals import Arrival
from remanso.store.conversations import Conversation
from services.debouncer.flood import FLOOD, Limit, beyond_limit, flood_span, limit_of_turns

FLOODED = Counter(
    "remanso_debouncer_flooded_total",
    "Messages not handed to the bot: too many in a short time, or too many turns.",
    ["client", "reason"],
)


@dataclass(frozen=True)
class TurnedAway:
    """Conversations that get no further turn, with the limit each has met; `told` get a text about it."""

    limits: Mapping[UUID, Limit]
    messages: Mapping[UUID, int]
    told: Collection[UUID]


async def drop_flood(
    tx: Transaction, config: ClientConfig, fresh: Sequence[Arrival], conversations: Mapping[UUID, Conversation]
) -> tuple[list[Arrival], list[UUID]]:
    """Marks which new messages no turn will get; gives them, and the conversations that are told."""
    groups: dict[UUID, list[Arrival]] = defaultdict(list)
    for arrival in fresh:
        if conversations[arrival.conversation_id].mode == "bot":
            groups[arrival.conversation_id].append(arrival)
    counts = await tx.arrivals.count_between(flood_span(group, config.flood) for group in groups.values())
    dropped = [
        arrival
        for conversation_id, group in groups.items()
        for arrival in beyond_limit(group, counts.get(conversation_id, 0), config.flood)
    ]
    if not dropped:
        return [], []
    await tx.arrivals.drop(dropped, FLOOD.reason)
    flooded = dict.fromkeys(conversations[arrival.conversation_id] for arrival in dropped)
    return dropped, [found.id for found in flooded if await tell_once(tx, config, found, FLOOD.period)]


async def turn_away(tx: Transaction, registry: Registry, due: Sequence[Conversation]) -> TurnedAway:
    """Drops what waits in those of these locked conversations that have had all the turns they may have."""
    met = await _met(tx, registry, [conversation for conversation in due if conversation.mode == "bot"])
    if not met:
        return TurnedAway({}, {}, [])
    messages = await tx.arrivals.drop_waiting({found: limit.reason for found, limit in met.items()})
    await tx.conversations.forget_bursts(met)
    told = [
        conversation.id
        for conversation in due
        if conversation.id in messages
        and await tell_once(tx, registry.clients[conversation.client].config, conversation, met[conversation.id].period)
    ]
    return TurnedAway(met, messages, told)


async def _met(tx: Transaction, registry: Registry, due: Sequence[Conversation]) -> dict[UUID, Limit]:
    recent = await tx.turns.recent([conversation.id for conversation in due])
    met = {}
    for conversation in due:
        client = registry.clients.get(conversation.client)
        limit = limit_of_turns(*recent.get(conversation.id, (0, 0)), client.config.flood) if client else None
        if limit is not None:
            met[conversation.id] = limit
    return met


async def tell_once(tx: Transaction, config: ClientConfig, conversation: Conversation, period: timedelta) -> bool:
    """Queues the client's text about limits in a locked conversation, unless the contact had it in this period."""
    if not await tx.conversations.tell_of_flood(conversation.id, period):
        return False
    contact = await tx.contacts.get(conversation.contact_id)
    await tx.deliveries.add(
        conversation.id,
        await tx.conversations.take_delivery_positions(conversation.id, 1),
        [{"type": "text", "text": config.text("flood", contact.language if contact else None)}],
        kind=DeliveryKind.NOTICE,
        epoch=conversation.epoch,
    )
    return True
