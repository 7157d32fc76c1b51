"""Metrics pushed to a Pushgateway, by processes that nobody can scrape: a worker dyno has no address.

One group for each process, named by service, app and place (`job`, `app`, `instance`). A push replaces the whole group,
so what comes after a crash in the same place overwrites what the dead one left; a polite end removes it. What neither
reaches is removed by the operators' collector (decision 30). Off unless REMANSO_METRICS_PUSH_URL says where to.
"""

import asyncio
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from prometheus_client import REGISTRY, Counter, delete_from_gateway, push_to_gateway
from prometheus_client.exposition import basic_auth_handler

from remanso.runtime.settings import OpsSettings

TIMEOUT_SECONDS = 5.0
FAREWELL_SECONDS = 3.0

FAILURES = Counter("remanso_metrics_push_failures_total", "Pushes of metrics that did not arrive.")

log = structlog.get_logger()


class Pusher:
    """Pushes until the process stops. Nothing that goes wrong here is anybody else's trouble."""

    def __init__(self, job: str, group: dict[str, str], settings: OpsSettings) -> None:
        self._seconds = settings.metrics_push_seconds
        self._well = True
        user, password = settings.metrics_push_user, settings.metrics_push_password
        self._handler = partial(
            basic_auth_handler, username=user, password=password.get_secret_value() if password else None
        )
        where: dict[str, Any] = {"gateway": settings.metrics_push_url, "job": job, "grouping_key": group}
        self._push = partial(push_to_gateway, registry=REGISTRY, handler=self._handler, **where)
        self._delete = partial(delete_from_gateway, handler=self._handler, **where)

    async def run(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await self._try(partial(self._push, timeout=TIMEOUT_SECONDS))
            pause = self._seconds * random.uniform(0.8, 1.0)  # many processes start together
            await asyncio.wait({stop := asyncio.create_task(stopping.wait())}, timeout=pause)
            stop.cancel()
        await self._try(partial(self._delete, timeout=FAREWELL_SECONDS))

    async def _try(self, call: Callable[[], None]) -> None:
        """In a thread, since the library's HTTP blocks. A gateway that is away is told once, not every time."""
        try:
            await asyncio.to_thread(call)
            self._well = True
        except Exception as problem:
            FAILURES.inc()
            if self._well:
                log.warning("metrics.not_pushed", error=f"{type(problem).__name__}: {getattr(problem, 'reason', '')}")
            self._well = False


def pusher(service: str, instance: str, settings: OpsSettings) -> Pusher | None:
    """None where nobody asked for pushes."""
    if settings.metrics_push_url is None:
        return None
    return Pusher(service, {"app": settings.app or "remanso", "instance": settings.dyno or instance}, settings)
