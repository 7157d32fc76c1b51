"""What this app tells the operators' collector of itself, every few seconds; off unless REMANSO_COLLECTOR_URL is set.

The console tells it, since it is the one that has both, rows and queues; in a Heroku app it lives in the web dyno.
"""

from datetime import UTC, datetime
from importlib.metadata import version

import structlog

from remanso.bus.graveyard import Graveyard
from remanso.channels.collector import CollectorClient, HeartbeatRefused
from remanso.errors import PublishFailed, StoreUnavailable
from remanso.model.heartbeat import Beat, Heartbeat, QueueDepth
from remanso.plugin.registry import Registry
from remanso.store import Store
from services.console.settings import ConsoleSettings

log = structlog.get_logger()


class Heart:
    def __init__(
        self, settings: ConsoleSettings, store: Store, graveyard: Graveyard, registry: Registry, to: CollectorClient
    ) -> None:
        self._settings, self._store, self._graveyard = settings, store, graveyard
        self._registry, self._to = registry, to

    async def sweep(self) -> None:
        """Tells it once. Raises CollectorUnavailable; a refusal needs a person, and is logged each time."""
        try:
            await self._to.tell(await self.read())
        except HeartbeatRefused as problem:
            log.error("heartbeat.refused", problem=str(problem))

    async def read(self) -> Heartbeat:
        """How the app is now, as far as it can be read."""
        settings, clients = self._settings, await self._clients()
        return Heartbeat(
            app=settings.app or "",
            sent_at=datetime.now(UTC),
            every_seconds=settings.heartbeat_seconds,
            version=version("remanso"),
            release=settings.release,
            commit=settings.commit,
            console_url=settings.console_url,
            store=clients is not None,
            queues=await self._queues(),
            broken=len(self._registry.broken),
            clients=clients or {},
        )

    async def _clients(self) -> dict[str, Beat] | None:
        try:
            async with self._store.transaction() as tx:
                return {client: await tx.pulse.of(client) for client in self._registry.clients}
        except StoreUnavailable:
            return None

    async def _queues(self) -> tuple[QueueDepth, ...] | None:
        try:
            depths = await self._graveyard.depths()
        except PublishFailed:
            return None
        return tuple(QueueDepth(depth.queue, depth.waiting, depth.readers) for depth in depths)
