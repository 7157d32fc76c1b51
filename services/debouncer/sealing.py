"""Bursts that are over become turns, as many as a contact may have. What no wake-up announces, sweepers find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from remanso.bus import Publisher
from remanso.events import DeliveryReady, TurnReady, wrap
from remanso.plugin.registry import Registry
from remanso.store import Store, Transaction
from remanso.store.conversations import Conversation
from services.debouncer.limits import FLOODED, TurnedAway, turn_away
from services.debouncer.traced import trace_turns

SEALED = Counter("remanso_debouncer_sealed_total", "Bursts sealed into turns.", ["client"])
LATENESS = Histogram(
    "remanso_debouncer_lateness_seconds",
    "From the moment a burst was due to the transaction that sealed it.",
    ["client"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
ADDED = Histogram(
    "remanso_debouncer_added_seconds",
    "What the window adds: from a burst's last message, or the end of the turn before, to its sealing.",
    ["client"],
    buckets=(0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 60),
)
MESSAGES = Histogram(
    "remanso_debouncer_burst_messages",
    "Messages of one sealed burst.",
    ["client"],
    buckets=(1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 40),
)

BUSY_SECONDS = 0.05
"""The least pause while somebody else holds an overdue row, so that waiting for it costs nothing."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Swept:
    """What one sweep made: {conversation: turn}, {turn: (messages, seconds added)}, and who got no turn."""

    turns: Mapping[UUID, UUID]
    traces: Mapping[UUID, str | None]
    waits: Mapping[UUID, tuple[int, float]]
    away: TurnedAway


class Sealing:
    def __init__(self, store: Store, publisher: Publisher, registry: Registry, *, limit: int = 100) -> None:
        self._store = store
        self._publisher = publisher
        self._registry = registry
        self._limit = limit

    async def seal_due(self) -> float | None:
        """Seals what is due and announces it; gives the seconds until the next burst is due."""
        async with self._store.transaction() as tx:
            due = await tx.conversations.claim_due(self._limit)
            swept = await self._seal(tx, due) if due else None
        if swept is not None:
            _observe(due, swept)
            await self._announce(due, swept)
        if len(due) == self._limit:
            return 0.0
        async with self._store.transaction() as tx:
            seconds = await tx.conversations.seconds_to_next_due()
        return None if seconds is None else max(seconds, BUSY_SECONDS)

    async def _seal(self, tx: Transaction, due: Sequence[Conversation]) -> Swept:
        away = await turn_away(tx, self._registry, due)
        turns = await tx.bursts.seal([conversation for conversation in due if conversation.id not in away.limits])
        traces = await trace_turns(tx, due, turns)
        return Swept(turns, traces, await tx.bursts.waits_before(turns.values()), away)

    async def _announce(self, due: Sequence[Conversation], swept: Swept) -> None:
        turns, told = swept.turns, swept.away.told
        sealed = [(turns[c.id], c.client) for c in due if c.id in turns]
        await self._publisher.hint(
            *(wrap(TurnReady(turn_id=turn), client, traceparent=swept.traces.get(turn)) for turn, client in sealed)
        )
        await self._publisher.hint(*(wrap(DeliveryReady(conversation_id=c.id), c.client) for c in due if c.id in told))


def _observe(due: Sequence[Conversation], swept: Swept) -> None:
    """Counted after the commit."""
    for conversation in due:
        if conversation.id in swept.turns:
            _observe_sealed(conversation, *swept.waits[swept.turns[conversation.id]])
        elif conversation.id in swept.away.limits:
            _observe_turned_away(conversation, swept.away)


def _observe_sealed(conversation: Conversation, messages: int, added: float) -> None:
    SEALED.labels(conversation.client).inc()
    MESSAGES.labels(conversation.client).observe(messages)
    ADDED.labels(conversation.client).observe(added)
    if conversation.due_at is not None:
        LATENESS.labels(conversation.client).observe((conversation.now - conversation.due_at).total_seconds())


def _observe_turned_away(conversation: Conversation, away: TurnedAway) -> None:
    reason, messages = away.limits[conversation.id].reason, away.messages.get(conversation.id, 0)
    FLOODED.labels(conversation.client, reason).inc(messages)
    log.warning("burst.turned_away", conversation_id=str(conversation.id), reason=reason, messages=messages)
