"""The product on containers, as `docker compose` runs it from this repository, with what a trial needs laid over it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from fleet.local.clients import local_clients
from fleet.local.ports import LOOPBACK, free_ports
from tests.chaos.world import IN_A_HURRY, hurry
from tests.support.clients import ROOT, lay_out_clients

SERVICES = ("ingress", "debouncer", "agent", "sender", "console")
SERVERS = ("rabbitmq", "postgres")
HEALTHY_WITHIN = 300.0
OPS_PORT = 9100
ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
RESTARTS_BY_ITSELF_WITHIN = 3.0
"""Docker does not start again what somebody killed through it; then we do, as an operator would."""


class ComposeFailed(Exception):
    """A command of docker's ended badly; with what it said."""


@dataclass(frozen=True)
class Container:
    id: str
    name: str
    service: str
    state: str
    health: str
    """As the engine knows it; empty for services, which the trial asks itself, and more often."""


@dataclass
class ComposeStack:
    """`simulator_url`, `amqp_url` and `database_url` are both ends of it, as seen from this machine."""

    project: str
    files: tuple[Path, ...]
    environment: Mapping[str, str]
    simulator_url: str
    amqp_url: str
    database_url: str
    http: httpx.AsyncClient = field(init=False)

    async def compose(self, *command: str) -> str:
        chosen = [part for file in self.files for part in ("-f", str(file))]
        return await self._docker("compose", "-p", self.project, "--project-directory", str(ROOT), *chosen, *command)

    async def up(self, scale: Mapping[str, int], *more: str) -> None:
        scales = [part for service, count in scale.items() for part in ("--scale", f"{service}={count}")]
        await self.compose("up", "-d", *more, *scales)
        await self.until_well()

    async def containers(self, *services: str) -> list[Container]:
        listed = await self.compose("ps", "--all", "--format", "json", *services)
        told = [json.loads(line) for line in listed.splitlines() if line.strip()]
        found = [Container(one["ID"], one["Name"], one["Service"], one["State"], one.get("Health", "")) for one in told]
        return sorted((one for one in found if one.service != "migrate"), key=lambda one: one.name)

    async def kill(self, container: Container) -> float:
        """`docker kill`; the seconds until it is well again."""
        began = time.monotonic()
        await self._docker("kill", container.id)
        await asyncio.sleep(RESTARTS_BY_ITSELF_WITHIN)
        if any(one.id == container.id and one.state != "running" for one in await self.containers()):
            await self._docker("start", container.id)
        await self.until_well()
        return time.monotonic() - began

    async def until_well(self) -> None:
        """Until every container runs and says that it is healthy. Raises ComposeFailed."""
        try:
            async with asyncio.timeout(HEALTHY_WITHIN):
                while ill := await self._ill():  # noqa: ASYNC110 - docker tells no other way
                    await asyncio.sleep(0.5)
        except TimeoutError:
            logs = await self.compose("logs", "--tail", "20")
            raise ComposeFailed(f"not well after {HEALTHY_WITHIN:.0f} s: {', '.join(ill)}\n{logs}") from None

    async def _ill(self) -> list[str]:
        containers = await self.containers()
        well = await asyncio.gather(*map(self._is_well, containers))
        return [one.name for one, is_well in zip(containers, well, strict=True) if not is_well]

    async def _is_well(self, container: Container) -> bool:
        if container.state != "running" or container.service in SERVERS:
            return container.state == "running" and container.health == "healthy"
        address = (await self._docker("inspect", "-f", ADDRESS, container.id)).strip()
        try:
            return (await self.http.get(f"http://{address}:{OPS_PORT}/readyz", timeout=5)).is_success
        except httpx.HTTPError:
            return False

    async def _docker(self, *command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "docker",
            *command,
            env=dict(self.environment),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode:
            raise ComposeFailed(f"docker {' '.join(command)}: {err.decode(errors='replace')[-2000:]}")
        return out.decode()


@asynccontextmanager
async def compose_stack(
    folder: Path, environment: Mapping[str, str], scale: Mapping[str, int], *overlays: Path
) -> AsyncIterator[ComposeStack]:
    """The stack up and well, with Emprendemy and the shop, impatient as in tests/chaos; gone after the block."""
    postgres, rabbitmq, management, ingress, console, simulator = free_ports(6)
    told = {
        **environment,
        "RABBITMQ_MANAGEMENT_PORT": str(management),
        "REMANSO_INGRESS_PORT": str(ingress),
        "REMANSO_CONSOLE_PORT": str(console),
        "REMANSO_SIMULATOR_PORT": str(simulator),
    }
    laid_over = folder / "compose.check.yml"
    laid_over.write_text(yaml.safe_dump(_overlay(folder, postgres, rabbitmq)))
    stack = ComposeStack(
        project="remanso-check",
        files=(ROOT / "docker-compose.yml", *overlays, laid_over),
        environment=told,
        simulator_url=f"http://{LOOPBACK}:{simulator}",
        amqp_url=f"amqp://{_login(environment, 'RABBITMQ_PASSWORD')}@{LOOPBACK}:{rabbitmq}/",
        database_url=f"postgresql://{_login(environment, 'POSTGRES_PASSWORD')}@{LOOPBACK}:{postgres}/remanso",
    )
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(keepalive_expiry=2.0), trust_env=False) as stack.http:
        try:
            await stack.up(scale)
            yield stack
        finally:
            await stack.compose("down", "--volumes", "--timeout", "5")


def _login(environment: Mapping[str, str], password: str) -> str:
    return f"remanso:{environment.get(password, 'remanso')}"


def _overlay(folder: Path, postgres: int, rabbitmq: int) -> dict[str, Any]:
    clients = lay_out_clients(folder / "clients", "shop")
    hurry(clients)
    ledger = folder / "ledger"
    ledger.mkdir()
    ledger.chmod(0o777)  # the container's account is not ours
    folder.chmod(0o755)
    known = local_clients(clients, lambda _: None, {})
    mounted = {
        "environment": {**IN_A_HURRY, **known.environment(), "SHOP_LEDGER": "/ledger/ledger.txt"},
        "volumes": [f"{clients}:/srv/clients:ro", f"{ledger}:/ledger"],
        "healthcheck": {"disable": True},
    }
    simulated = {
        "REMANSO_SIMULATOR_WEBHOOK_URL": "http://ingress:8000/webhooks/whatsapp",
        "REMANSO_SIMULATOR_APP_SECRET": known.app_secret,
        "REMANSO_SIMULATOR_VERIFY_TOKEN": known.verify_token,
        "REMANSO_SIMULATOR_ACCESS_TOKEN": known.access_token,
        "REMANSO_SIMULATOR_NUMBERS": known.numbers(),
    }
    return {
        "services": {
            **dict.fromkeys(SERVICES, mounted),
            "simulator": {"environment": simulated, "healthcheck": {"disable": True}},
            "postgres": {"ports": [f"{LOOPBACK}:{postgres}:5432"]},
            "rabbitmq": {"ports": [f"{LOOPBACK}:{rabbitmq}:5672"]},
        }
    }
