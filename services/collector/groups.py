"""Groups at the Pushgateway that nobody renews: a process died and none came in its place. They would be shown forever.

The Pushgateway itself forgets nothing (its README says so, and why); whoever has a collector has it done here.
"""

import asyncio
import json
import time
from base64 import b64encode
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

import structlog
from prometheus_client import Counter, delete_from_gateway
from prometheus_client.exposition import basic_auth_handler

from services.collector.settings import CollectorSettings

OLDEST_SECONDS = 600.0
TIMEOUT_SECONDS = 10.0

FORGOTTEN = Counter("remanso_collector_groups_forgotten_total", "Groups of dead processes taken from the Pushgateway.")

log = structlog.get_logger()


class Groups:
    def __init__(self, settings: CollectorSettings, oldest_seconds: float = OLDEST_SECONDS) -> None:
        password = settings.metrics_push_password
        self._url, self._user = settings.metrics_push_url or "", settings.metrics_push_user or ""
        self._password = password.get_secret_value() if password else ""
        self._oldest = oldest_seconds

    async def sweep(self) -> None:
        """Takes away what was last pushed too long ago. A gateway that is away is looked at again later."""
        try:
            forgotten = await asyncio.to_thread(self._forget_old)
        except (OSError, ValueError, KeyError) as problem:
            log.warning("groups.not_read", error=type(problem).__name__)
            return
        FORGOTTEN.inc(forgotten)

    def _forget_old(self) -> int:
        old = [group["labels"] for group in self._all() if time.time() - _pushed_at(group) > self._oldest]
        handler = partial(basic_auth_handler, username=self._user, password=self._password)
        for labels in old:
            key = {name: value for name, value in labels.items() if name != "job"}
            delete_from_gateway(self._url, labels["job"], key, timeout=TIMEOUT_SECONDS, handler=handler)
        return len(old)

    def _all(self) -> list[dict[str, Any]]:
        basic = b64encode(f"{self._user}:{self._password}".encode()).decode()
        asked = Request(f"{self._url}/api/v1/metrics", headers={"Authorization": f"Basic {basic}"})  # noqa: S310
        with urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - http(s) alone, as the settings check
            return list(json.load(answer)["data"])


def _pushed_at(group: dict[str, Any]) -> float:
    return float(group["push_time_seconds"]["metrics"][0]["value"])
