"""Bursts that are over become turns. What no wake-up announces, the agents' own sweepers find."""

import structlog
from prometheus_client import Counter, Histogram

from remanso.bus import Publisher
from remanso.events import TurnReady, wrap
from remanso.store import Store
from remanso.store.conversations import Conversation

SEALED = Counter("remanso_debouncer_sealed_total", "Bursts sealed into turns.", ["client"])
LATENESS = Histogram(
    "remanso_debouncer_lateness_seconds",
    "From the moment a burst was due to the transaction that sealed it.",
    ["client"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)

BUSY_SECONDS = 0.05
"""The least pause while somebody else holds an overdue row, so that waiting for it costs nothing."""

log = structlog.get_logger()


class Sealing:
    def __init__(self, store: Store, publisher: Publisher, *, limit: int = 100) -> None:
        self._store = store
        self._publisher = publisher
        self._limit = limit

    async def seal_due(self) -> float | None:
        """Seals what is due and announces it; gives the seconds until the next burst is due."""
        async with self._store.transaction() as tx:
            due = await tx.conversations.claim_due(self._limit)
            turns = await tx.turns.seal(due) if due else {}
        for conversation in due:
            _observe(conversation, sealed=conversation.id in turns)
        await self._publisher.hint(*(wrap(TurnReady(turn_id=turns[c.id]), c.client) for c in due if c.id in turns))
        if len(due) == self._limit:
            return 0.0
        async with self._store.transaction() as tx:
            seconds = await tx.conversations.seconds_to_next_due()
        return None if seconds is None else max(seconds, BUSY_SECONDS)


def _observe(conversation: Conversation, *, sealed: bool) -> None:
    if sealed and conversation.due_at is not None:
        SEALED.labels(conversation.client).inc()
        LATENESS.labels(conversation.client).observe((conversation.now - conversation.due_at).total_seconds())
