"""The whole product with short waits, each service under a tripwire, and both ends of it in hand.

The settings only shorten what is long in the field: leases of seconds instead of half a minute, sweeps of tenths.
"""

import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fleet.local.environment import Elsewhere
from fleet.local.ports import free_ports
from fleet.local.stack import OUTSIDE, LocalStack
from remanso.store import Store
from tests.chaos.victims import Victim, make_process
from tests.chaos.waits import Waits, watch_waits
from tests.support.clients import lay_out_clients
from tests.support.play import Play


def slowness() -> float:
    """How many times slower than idle this machine is: CHAOS_SLOWNESS, else told by its load, between 1 and 6.

    All waits stretch by it: a call that cannot end within its time proves nothing. In tenths, so that what is written
    into settings keeps its proportions: a lease of two calls' time must not be a millionth shorter.
    """
    by_load = os.getloadavg()[0] / (os.cpu_count() or 1) / 2
    return round(float(os.environ.get("CHAOS_SLOWNESS") or min(6.0, max(1.0, by_load))), 1)


SLOWNESS = slowness()

_SECONDS = {
    "REMANSO_DEBOUNCER_SWEEP_SECONDS": 0.2,
    "REMANSO_DEBOUNCER_TIMERS_SECONDS": 0.5,
    "REMANSO_AGENT_LEASE_SECONDS": 2.4,
    "REMANSO_AGENT_SWEEP_SECONDS": 0.3,
    "REMANSO_OPENAI_ATTEMPT_SECONDS": 4.0,
    "REMANSO_OPENAI_RETRY_SECONDS": 2.0,
    "REMANSO_OPENAI_BREAKER_SECONDS": 0.5,
    "REMANSO_GRAPH_TIMEOUT_SECONDS": 1.0,
    "REMANSO_SENDER_LEASE_SECONDS": 2.0,
    "REMANSO_SENDER_RECONCILE_SECONDS": 4.0,  # longer than a wait for a lock and the pause after it, as in the field
    "REMANSO_SENDER_SWEEP_SECONDS": 0.3,
}
IN_A_HURRY = {name: f"{seconds * SLOWNESS:g}" for name, seconds in _SECONDS.items()} | {"REMANSO_OPENAI_ATTEMPTS": "2"}
RECONCILE_SECONDS = float(IN_A_HURRY["REMANSO_SENDER_RECONCILE_SECONDS"])
ZOMBIE_SECONDS = 4.0 * SLOWNESS
"""Agents hold a turn for 2.4 s here, senders a conversation for 2."""
TAKEOVER_MINUTES = 0.05
"""So long a person is waited for who was asked for, where the client says how long at all."""
CLIENT_SECONDS = {"quiet": "0.3", "quiet_when_finished": "0.2", "longest": "2.0"}


@dataclass(frozen=True)
class World(Play):
    waits: Waits
    waves: Iterator[int] = field(default_factory=lambda: count(1))
    """Numbers for waves: contacts are numbered by them, so that no wave meets those of another."""

    @property
    def victims(self) -> dict[str, list[Victim]]:
        return {name: [v for v in group if isinstance(v, Victim)] for name, group in self.stack.processes.items()
                if name != OUTSIDE}  # fmt: skip

    async def steer_receipts(self, **how: Any) -> None:
        await self.control("POST", "graph/receipts", how)


@asynccontextmanager
async def open_world(
    elsewhere: Elsewhere | None = None,
    *,
    scale: Mapping[str, int] | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """A running stack: PostgreSQL and RabbitMQ from `elsewhere`, else its own."""
    with TemporaryDirectory(prefix="remanso-chaos-") as name:
        folder = Path(name)
        ledger = folder / "ledger.txt"
        clients = lay_out_clients(folder / "clients", "shop")
        hurry(clients)
        async with (
            LocalStack(
                clients_dir=clients,
                scale=scale or {},
                environment={**IN_A_HURRY, "SHOP_LEDGER": str(ledger), **(environment or {})},
                elsewhere=elsewhere or Elsewhere(),
                make_process=make_process,
                simulator_port=free_ports(1)[0],
            ) as stack,
            Store.connect(stack.database_url, name="chaos") as store,
            watch_waits(store) as waits,
        ):
            yield World(stack, store, ledger, waits)


def hurry(clients: Path) -> None:
    """Shorten what each client waits for."""
    for config in clients.glob("*/client.toml"):
        toml = config.read_text("utf-8")
        toml = re.sub(r"(?m)(\[takeover\]\n)minutes = [\d.]+", rf"\g<1>minutes = {TAKEOVER_MINUTES}", toml)
        for key, seconds in CLIENT_SECONDS.items():
            toml = re.sub(rf"(?m)^{key} = [\d.]+", f"{key} = {seconds}", toml)
        config.write_text(
            re.sub(r"(?m)(\[patience\].*\n)seconds = [\d.]+", rf"\g<1>seconds = {5 * SLOWNESS}", toml), "utf-8"
        )
