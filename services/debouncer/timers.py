"""The slow clocks of a conversation: take-overs that run out, and the question how it went after a silence."""

import structlog

from remanso.bus import Publisher
from remanso.events import ConversationChanged, DeliveryReady, Event, wrap
from remanso.model.delivery import DeliveryKind
from remanso.plugin.registry import Registry
from remanso.store import Store, Transaction
from remanso.store.conversations import Conversation

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
            handed_back = await tx.conversations.end_takeovers(self._limit)
            silent = await tx.conversations.claim_feedback(self._limit)
            for conversation in silent:
                await self._ask_feedback(tx, conversation)
        for conversation in handed_back:
            await self._announce(conversation, ConversationChanged(conversation_id=conversation.id, what="mode"))
        for conversation in silent:
            await self._announce(conversation, DeliveryReady(conversation_id=conversation.id))
        return None

    async def _ask_feedback(self, tx: Transaction, conversation: Conversation) -> None:
        client = self._registry.clients.get(conversation.client)
        contact = await tx.contacts.get(conversation.contact_id)
        if client is None or contact is None:
            return
        await tx.deliveries.add(
            conversation.id,
            await tx.conversations.take_delivery_positions(conversation.id, 1),
            [{"type": "text", "text": client.config.text("feedback", contact.language)}],
            kind=DeliveryKind.FEEDBACK,
            epoch=conversation.epoch,
        )

    async def _announce(self, conversation: Conversation, event: Event) -> None:
        await self._publisher.hint(wrap(event, conversation.client))
