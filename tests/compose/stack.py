"""The product on containers, as `docker compose` runs it from this repository, with what a trial needs laid over it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.compose.plan import SERVERS, Plan
from tests.support.clients import ROOT

PROJECT = "remanso-check"
HEALTHY_WITHIN = 300.0
PATIENCE = 330.0
"""Seconds for one call to the simulator: a contact who writes waits 300 until all is well enough for a 200."""
OPS_PORT = 9100
DOORS = {"edge": 8443, "outside": 8443}
"""nginx, which has no page of its own that tells how it is: it is well when it listens."""
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
    """The plan, running. `simulator_url`, `amqp_url` and `database_url` are both ends of it, seen from this machine."""

    plan: Plan
    http: httpx.AsyncClient = field(init=False)

    @property
    def simulator_url(self) -> str:
        return self.plan.simulator_url

    @property
    def amqp_url(self) -> str:
        return self.plan.amqp_url

    @property
    def database_url(self) -> str:
        return self.plan.database_url

    @property
    def console_url(self) -> str:
        return self.plan.console_url

    async def compose(self, *command: str, stdin: str = "") -> str:
        chosen = [part for file in self.plan.files for part in ("-f", str(file))]
        everywhere = ("compose", "-p", PROJECT, "--project-directory", str(ROOT), *chosen)
        return await self.docker(*everywhere, *command, stdin=stdin)

    async def operate(self, *command: str, stdin: str = "", options: tuple[str, ...] = ()) -> str:
        """What `remanso` with these words says, in a container of its own."""
        return await self.compose("run", "--rm", "-T", *options, "operations", *command, stdin=stdin)

    async def up(self, scale: Mapping[str, int], *more: str) -> None:
        scales = [part for service, count in scale.items() for part in ("--scale", f"{service}={count}")]
        await self.compose("up", "-d", *more, *scales)
        await self.until_well()

    async def take_down(self) -> None:
        """With all volumes. A busy engine lets go of a network a little later than of its containers."""
        down = ("down", "--volumes", "--timeout", "5")
        try:
            await self.compose(*down)
        except ComposeFailed:
            await asyncio.sleep(RESTARTS_BY_ITSELF_WITHIN)
            await self.compose(*down)

    async def containers(self, *services: str) -> list[Container]:
        listed = await self.compose("ps", "--all", "--format", "json", *services)
        told = [json.loads(line) for line in listed.splitlines() if line.strip()]
        found = [Container(one["ID"], one["Name"], one["Service"], one["State"], one.get("Health", "")) for one in told]
        return sorted((one for one in found if one.service != "migrate"), key=lambda one: one.name)

    async def kill(self, container: Container) -> float:
        """`docker kill`; the seconds until it is well again."""
        began = time.monotonic()
        await self.docker("kill", container.id)
        await asyncio.sleep(RESTARTS_BY_ITSELF_WITHIN)
        if any(one.id == container.id and one.state != "running" for one in await self.containers()):
            await self.docker("start", container.id)
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
        address = (await self.docker("inspect", "-f", ADDRESS, container.id)).strip()
        if port := DOORS.get(container.service):
            return await _listens(address, port)
        try:
            return (await self.http.get(f"http://{address}:{OPS_PORT}/readyz", timeout=5)).is_success
        except httpx.HTTPError:
            return False

    async def docker(self, *command: str, stdin: str = "") -> str:
        """What it prints. Raises ComposeFailed."""
        process = await asyncio.create_subprocess_exec(
            "docker",
            *command,
            env=dict(self.plan.environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin.encode())
        if process.returncode:
            raise ComposeFailed(f"docker {' '.join(command)}: {err.decode(errors='replace')[-2000:]}")
        return out.decode()


@asynccontextmanager
async def compose_stack(plan: Plan, scale: Mapping[str, int]) -> AsyncIterator[ComposeStack]:
    """The stack up and well; gone after the block."""
    stack = ComposeStack(plan)
    limits = httpx.Limits(keepalive_expiry=2.0)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits, trust_env=False) as stack.http:
        try:
            await stack.up(scale)
            yield stack
        finally:
            await stack.take_down()


async def _listens(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
