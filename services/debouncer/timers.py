"""The slow clocks of a conversation: take-overs that run out, and the question how it went after a silence."""

import structlog
from prometheus_client import Counter

from remanso.bus import Publisher
from remanso.events import ConversationChanged, DeliveryReady, Event, wrap
from remanso.plugin.registry import Registry
from remanso.store import Store
from remanso.store.conversations import Conversation
from services.debouncer.feedback import FEEDBACK, ask

HANDED_BACK = Counter(
    "remanso_debouncer_handed_back_total",
    "Conversations given back to the bot because a time ran out: of a person, or of a handoff to which nobody came.",
    ["client", "cause"],
)

log = structlog.get_logger()


class Timers:
    def __init__(self, store: Store, publisher: Publisher, registry: Registry, *, limit: int = 100) -> None:
        self._store = store
        self._publisher = publisher
        self._registry = registry
        self._limit = limit

    async def run_out(self) -> float | None:
        """Ends take-overs whose time is up and asks for feedback where it is time to."""
        async with self._store.transaction() as tx:
            handed_back = await tx.takeovers.end_expired(self._limit)
            silent = await tx.conversations.claim_feedback(self._registry.clients, self._limit)
            asked = [found for found in silent if await ask(tx, self._registry.clients[found.client].config, found)]
        for conversation in handed_back:
            missed = conversation.handoff_reason is not None
            HANDED_BACK.labels(conversation.client, "nobody" if missed else "time").inc()
            if missed:
                log.warning("handoff.nobody_came", conversation_id=str(conversation.id), client=conversation.client)
            await self._announce(conversation, ConversationChanged(conversation_id=conversation.id, what="mode"))
        for conversation in asked:
            FEEDBACK.labels(conversation.client, "asked").inc()
            await self._announce(conversation, DeliveryReady(conversation_id=conversation.id))
        return None

    async def follow_merges(self) -> float | None:
        """Moves conversations of merged contacts once nothing of theirs is under way."""
        async with self._store.transaction() as tx:
            pending = await tx.merging.pending(self._limit)
        for conversation_id in pending:
            async with self._store.transaction() as tx:
                kept = await tx.merging.follow(conversation_id)
                conversation = await tx.conversations.get(kept) if kept else None
            if conversation is not None:
                await self._announce(conversation, DeliveryReady(conversation_id=conversation.id))
        return None

    async def _announce(self, conversation: Conversation, event: Event) -> None:
        await self._publisher.hint(wrap(event, conversation.client))
