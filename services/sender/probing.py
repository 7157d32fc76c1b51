"""Parked numbers are tried again, one probe at a time: first Meta is asked for their health, then one message."""

import structlog
from prometheus_client import Gauge

from remanso.channels.whatsapp.client import GraphClient
from remanso.plugin.registry import Registry
from remanso.store import Store
from remanso.store.parking import Parking
from services.sender.drain import Drain

PARKED = Gauge(
    "remanso_sender_parked",
    "What waits for an operator now, by kind: number, account, app, template, contact. All senders tell the same.",
    ["client", "kind"],
)
AT_A_TIME = 5
CANDIDATES = 10
"""Conversations that are looked at for a message that may go."""

log = structlog.get_logger()


class Probing:
    def __init__(self, store: Store, registry: Registry, graph: GraphClient, drain: Drain) -> None:
        self._store = store
        self._registry = registry
        self._graph = graph
        self._drain = drain

    async def sweep(self) -> float | None:
        """Probes what is due, and tells what is parked."""
        clients = list(self._registry.clients)
        async with self._store.transaction() as tx:
            due = await tx.parkings.claim_due(clients, AT_A_TIME)
            parked = await tx.parkings.all_open(clients)
        PARKED.clear()
        for parking in parked:
            PARKED.labels(parking.client, parking.scope).inc()
        for parking in due:
            await self._probe(parking)
        return None

    async def _probe(self, parking: Parking) -> None:
        """The claim has set the time of the next one: whoever dies here has only lost this one."""
        token = self._registry.clients[parking.client].secret("access_token")
        for channel in parking.channels:
            health = await self._graph.health(channel, token)
            if health.well:
                break
        else:
            log.info("probe.unwell", scope=parking.scope, client=parking.client, told=health.told)
            return
        if not await self._send_one(parking):
            async with self._store.transaction() as tx:
                await tx.parkings.end([parking.id], "health")
            log.info("sending.resumed", key=parking.key, by="health")

    async def _send_one(self, parking: Parking) -> bool:
        """Whether a message was there to try."""
        async with self._store.transaction() as tx:
            waiting = await tx.deliveries.waiting_on(parking.channels, CANDIDATES)
        for conversation_id in waiting:
            if await self._drain.run(conversation_id, probes=frozenset({parking.id})):
                return True
        return False
