"""Senders as their processes make them, as many as a test wants."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from remanso.bus import Bus, Received
from remanso.channels.whatsapp.client import GraphClient
from remanso.events import ReceiptReceived, derived_id, wrap
from remanso.plugin.registry import Registry
from remanso.runtime.slots import Slots
from remanso.store import Store
from services.sender.dispatch import Dispatch
from services.sender.drain import Drain
from services.sender.fallback import Fallback
from services.sender.probing import Probing
from services.sender.receipts import Receipts
from services.sender.reopening import Reopening
from services.sender.settings import SenderSettings
from services.sender.upkeep import Upkeep
from tests.support.school import CHANNEL, NAME, registry


@dataclass(frozen=True)
class Sender:
    drain: Drain
    dispatch: Dispatch
    receipts: Receipts
    fallback: Fallback
    slots: Slots
    probing: Probing
    reopening: Reopening
    upkeep: Upkeep

    async def sweep(self) -> None:
        """One sweep and all the work that it found."""
        await self.probing.sweep()
        await self.reopening.sweep()
        await self.dispatch.sweep()
        await self.slots.drain(20)


class Senders:
    """Makes senders on one store, bus and Graph; closes their connections."""

    def __init__(self, store: Store, bus: Bus, graph_url: str) -> None:
        self._store = store
        self._bus = bus
        self._graph_url = graph_url
        self._stack = AsyncExitStack()
        self._made: list[Sender] = []

    async def one(self, *, clients: Registry | None = None, slots: int = 20, **settings: object) -> Sender:
        known = clients or registry()
        configured = SenderSettings.model_validate(
            {"amqp_url": "amqp://unused", "database_url": "postgresql://unused"} | settings
        )
        client = GraphClient(self._graph_url, "v25.0", configured.graph_timeout_seconds)
        graph = await self._stack.enter_async_context(client)
        running = Slots(slots)
        drain = Drain(self._store, self._bus.publisher, known, graph, configured)
        dispatch = Dispatch(self._store, drain, running, clients=known.clients, window=configured.window)
        probing = Probing(self._store, known, graph, drain)
        receipts = Receipts(self._store, self._bus.publisher, dispatch.start_soon, known)
        fallback = Fallback(self._store, known, dispatch.start, window=configured.window)
        reopening = Reopening(self._store, known, dispatch.start, configured.window)
        upkeep = Upkeep(self._store, known, graph)
        self._made.append(Sender(drain, dispatch, receipts, fallback, running, probing, reopening, upkeep))
        return self._made[-1]

    async def close(self) -> None:
        for sender in self._made:
            sender.dispatch.forget_hints()
            await sender.slots.drain(5)
        await self._stack.aclose()


def receipt(delivery_id: UUID | str, wamid: str, status: str = "sent", code: int | None = None) -> Received:
    """A status webhook about one of our parts, as the ingress publishes it."""
    event = ReceiptReceived(
        channel=CHANNEL, wamid=wamid, status=status, at=datetime.now(UTC), callback=str(delivery_id), code=code
    )
    return Received(wrap(event, NAME, event_id=derived_id("receipt", wamid, status)))
