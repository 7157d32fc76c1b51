"""The client's fallback text: once per turn, and once per outage and conversation. The turn itself stays open.

Two things lead here: an agent says that the model cannot be asked, or a turn is older than the client's patience, as
when no agent is alive at all. A turn that grows too old for any answer ends, and a person is asked for.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from remanso.bus import Received
from remanso.errors import Forgotten
from remanso.events import ModelUnavailable, carried
from remanso.model.delivery import DeliveryKind
from remanso.model.turn import TurnState
from remanso.plugin.registry import Client, Registry
from remanso.store import Store, Transaction
from remanso.store.conversations import Conversation
from remanso.store.turns import Turn
from services.sender.decision import window_is_open

FALLBACKS = Counter("remanso_sender_fallbacks_total", "Fallback texts queued, by cause.", ["client", "cause"])
GIVEN_UP = Counter("remanso_sender_given_up_total", "Turns that grew too old for an answer.", ["client"])
TOO_OLD = "no answer came in time"

log = structlog.get_logger()


class Fallback:
    def __init__(
        self,
        store: Store,
        registry: Registry,
        drain: Callable[[UUID], Awaitable[None]],
        *,
        window: timedelta,
        limit: int = 100,
    ) -> None:
        self._store = store
        self._registry = registry
        self._drain = drain
        self._window = window
        self._limit = limit

    async def handle(self, batch: Sequence[Received]) -> None:
        """The handler of `sender.model-unavailable`."""
        for received in batch:
            await self._model_unavailable(carried(received.envelope, ModelUnavailable))

    async def _model_unavailable(self, event: ModelUnavailable) -> None:
        with contextlib.suppress(Forgotten):
            await self._tell_of(event)

    async def _tell_of(self, event: ModelUnavailable) -> None:
        async with self._store.transaction() as tx:
            seen = await tx.turns.get(event.turn_id)
            if seen is None or seen.client not in self._registry.clients:
                return
            conversation = await tx.conversations.lock(seen.conversation_id)
            turn = await tx.turns.get(event.turn_id)
            if turn is None or turn.state != TurnState.OPEN or conversation.epoch != turn.epoch:
                return
            if conversation.mode != "bot" or not window_is_open(conversation, self._window):
                return
            queued = await self._queue(tx, self._registry.clients[turn.client], turn, "model_unavailable")
        if queued:
            await self._drain(turn.conversation_id)

    async def run_out_of_patience(self) -> float | None:
        """Tells the contacts of turns that are older than their client's patience."""
        for client in self._registry.clients.values():
            for _ in range(self._limit):
                conversation_id = await self._tell_next(client)
                if conversation_id is None:
                    break
                await self._drain(conversation_id)
        return None

    async def _tell_next(self, client: Client) -> UUID | None:
        """One at a time: in one transaction each conversation would be locked until the last one is done."""
        patience = timedelta(seconds=client.config.patience.seconds)
        async with self._store.transaction() as tx:
            for turn in await tx.turns.overdue(client.name, patience, 1, self._window):
                if await self._queue(tx, client, turn, "patience"):
                    return turn.conversation_id
        return None

    async def give_up(self) -> float | None:
        """Ends turns that are too old for any answer: the contact is told so once, and a person is asked for."""
        for client in self._registry.clients.values():
            for _ in range(self._limit):
                conversation_id = await self._end_next(client)
                if conversation_id is None:
                    break
                await self._drain(conversation_id)
        return None

    async def _end_next(self, client: Client) -> UUID | None:
        """Whoever holds the turn finds it closed and stores nothing any more. Outside the window nothing is said."""
        age, hold = client.config.patience.give_up, timedelta(minutes=client.config.takeover.minutes)
        async with self._store.transaction() as tx:
            for turn in await tx.turns.too_old(client.name, age, 1):
                conversation = await tx.conversations.lock(turn.conversation_id)
                if not await tx.turns.end_open(conversation.id, TurnState.FAILED, TOO_OLD):
                    continue
                if window_is_open(conversation, self._window):
                    await self._say_failed(tx, client, conversation, turn)
                await tx.takeovers.hand_off(conversation.id, TOO_OLD, hold)
                GIVEN_UP.labels(client.name).inc()
                log.error("turn.given_up", turn_id=str(turn.id), conversation_id=str(conversation.id))
                return turn.conversation_id
        return None

    async def _say_failed(self, tx: Transaction, client: Client, conversation: Conversation, turn: Turn) -> None:
        contact = await tx.contacts.get(conversation.contact_id)
        await tx.deliveries.add(
            conversation.id,
            await tx.conversations.take_delivery_positions(conversation.id, 1),
            [{"type": "text", "text": client.config.text("failed", contact.language if contact else None)}],
            kind=DeliveryKind.ANSWER,
            epoch=turn.epoch,
            turn_id=turn.id,
        )

    async def _queue(self, tx: Transaction, client: Client, turn: Turn, cause: str) -> bool:
        """Queues the text in the contact's language; False when this turn or this outage has had it."""
        conversation = await tx.conversations.lock(turn.conversation_id)
        contact = await tx.contacts.get(conversation.contact_id)
        queued = await tx.deliveries.add_fallback(
            conversation.id,
            await tx.conversations.take_delivery_positions(conversation.id, 1),
            {"type": "text", "text": client.config.text("fallback", contact.language if contact else None)},
            epoch=turn.epoch,
            turn_id=turn.id,
            outage_id=await tx.outages.open(client.name, cause),
        )
        if queued:
            FALLBACKS.labels(client.name, cause).inc()
            ids = {"turn_id": str(turn.id), "conversation_id": str(turn.conversation_id), "client": client.name}
            log.warning("fallback.queued", cause=cause, **ids)
        return queued
