"""The whole product on one machine: servers, tables, every service as a process, the simulator as the outside world."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from fleet.local.clients import LocalClients, local_clients
from fleet.local.environment import Addresses, Elsewhere, addresses, service_environment
from fleet.local.logs import Logs
from fleet.local.ports import free_ports, is_free, usual_or_free
from fleet.local.postgres import PostgresServer, postgres_server
from fleet.local.premises import Premises, open_premises
from fleet.local.processes import ServiceFailed, ServiceProcess
from fleet.local.progress import Progress
from fleet.local.rabbitmq import RabbitServer, rabbitmq_server
from fleet.local.visitor import Visitor, let_in
from fleet.local.ways import DEFAULT_ORDER, NoWay
from fleet.tables import bring_up_to_date
from remanso.errors import ConfigurationError

OUTSIDE = "simulator"
"""Plays Meta, OpenAI and the contacts' phones. It ends after all others, so that they can finish their work."""
SERVICES = (OUTSIDE, "ingress", "debouncer", "agent", "sender", "console")
SINGLE = (OUTSIDE, "ingress", "console")
"""Services with a public port of their own: one process each."""
SIMULATOR_PORT = 8100
CONSOLE_PORT = 8200
READY_WITHIN = 90.0

Server = TypeVar("Server", PostgresServer, RabbitServer)


@dataclass
class LocalStack:
    """`async with LocalStack(clients_dir=…) as stack:` everything runs and is ready inside the block.

    `scale` gives the number of processes of a service where it is not one; `environment` is added to what every
    service gets, `own` to what one of them gets. Raises NoWay, ServiceFailed or ConfigurationError, each saying what to
    do.
    """

    clients_dir: Path
    scale: Mapping[str, int] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    simulator_port: int | None = None
    ways: tuple[str, ...] = DEFAULT_ORDER
    progress: Progress = field(default_factory=Progress)
    logs: Logs = field(default_factory=Logs)
    make_process: Callable[..., ServiceProcess] = ServiceProcess
    """What runs a service: arguments as for ServiceProcess."""

    clients: LocalClients = field(init=False)
    at: Addresses = field(init=False)
    visitor: Visitor | None = field(init=False, default=None)
    """Who may log in to the console; nobody is let in to a database that is not our own."""
    processes: dict[str, list[ServiceProcess]] = field(init=False)
    broker: RabbitServer = field(init=False)
    http: httpx.AsyncClient = field(init=False)
    """For the simulator's control API and the ops ports; requests may take a minute."""
    _opened: AsyncExitStack = field(init=False)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await self._open(opening)
            self._opened = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)

    # What it is made of

    @property
    def webhook_url(self) -> str:
        return self.at.webhook_url

    @property
    def simulator_url(self) -> str:
        return self.at.simulator_url

    @property
    def console_url(self) -> str:
        return self.at.console_url

    @property
    def database_url(self) -> str:
        return self.at.database_url

    @property
    def amqp_url(self) -> str:
        return self.at.amqp_url

    @property
    def pids(self) -> dict[str, list[int]]:
        """Of the processes that live now."""
        return {name: [p.pid for p in processes if p.pid] for name, processes in self.processes.items()}

    @property
    def metrics(self) -> dict[str, list[str]]:
        return {name: [f"{p.ops_url}/metrics" for p in group if p.ops_url] for name, group in self.processes.items()}

    def announcement(self) -> dict[str, Any]:
        """Everything a program needs to use the stack: the line of `remanso dev --headless --json`."""
        return {
            "webhook_url": self.at.webhook_url,
            "verify_token": self.clients.verify_token,
            "app_secret": self.clients.app_secret,
            "client": self.clients.first.name,
            "phone_number_id": self.clients.first.channels[0].phone_number_id,
            "graph_url": self.at.graph_url,
            "openai_url": self.at.openai_url,
            "simulator_url": self.at.simulator_url,
            "console_url": self.at.console_url,
            "console_login": vars(self.visitor) if self.visitor else None,
            "amqp_url": self.at.amqp_url,
            "database_url": self.at.database_url,
            "metrics": self.metrics,
            "pids": self.pids,
        }

    # What can be done to it

    def kill(self, service: str, index: int = 0) -> None:
        """`kill -9`. The process is started again, as after any death."""
        self.processes[service][index].kill()

    def freeze(self, service: str, index: int = 0) -> None:
        """Stop a process where it stands, connections and leases in hand; `thaw` lets it go on."""
        self.processes[service][index].freeze()

    def thaw(self, service: str, index: int = 0) -> None:
        self.processes[service][index].thaw()

    async def stop(self, service: str, index: int = 0) -> None:
        """End a process politely, for good: until `start`."""
        await self.processes[service][index].stop()

    def start(self, service: str, index: int = 0) -> None:
        self.processes[service][index].start()

    async def restart(self, service: str, index: int = 0) -> None:
        """As a new release would: a polite end, then a new process."""
        await self.stop(service, index)
        self.start(service, index)

    async def wait_ready(self, within: float = READY_WITHIN) -> None:
        """Until every process of every service answers /readyz with yes. Raises ServiceFailed."""
        waiting = [process for group in self.processes.values() for process in group]
        try:
            async with asyncio.timeout(within):
                while waiting := [each for each in waiting if not await each.is_ready(self.http)]:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            last = waiting[0]
            raise ServiceFailed(
                f"not ready after {within:.0f} s: {', '.join(process.name for process in waiting)}\n"
                f"{self.logs.last_of(last.name)}"
            ) from None

    # How it comes to be

    async def _open(self, opening: AsyncExitStack) -> None:
        self._check_scale()
        self.clients = local_clients(self.clients_dir, self.progress.tell)
        self._check_port()
        premises = await opening.enter_async_context(open_premises())
        at, order, tell = self.elsewhere, self.ways, self.progress.tell
        postgres, rabbitmq = await _side_by_side(
            opening,
            self._server("PostgreSQL", postgres_server(premises, url=at.database_url, order=order, tell=tell)),
            self._server("RabbitMQ", rabbitmq_server(premises, url=at.amqp_url, order=order, tell=tell)),
        )
        self.broker = rabbitmq
        await self._migrate(postgres.url)
        # Not before the servers are up, which may take minutes: another stack may start meanwhile.
        simulator_port, console_port = self._choose_ports(opening)
        [ingress_port] = free_ports(1)
        self.visitor = None if at.database_url else await let_in(postgres.url)
        self.at = addresses(
            self.elsewhere,
            database_url=postgres.url,
            amqp_url=rabbitmq.url,
            simulator=simulator_port,
            ingress=ingress_port,
            console=console_port,
        )
        limits = httpx.Limits(keepalive_expiry=2.0)  # before uvicorn's five: else both ends may think of it at once
        self.http = await opening.enter_async_context(httpx.AsyncClient(timeout=60, limits=limits, trust_env=False))
        self.processes = self._plan(
            premises, {OUTSIDE: simulator_port, "ingress": ingress_port, "console": console_port}
        )
        opening.push_async_callback(self._stop_all)
        with self.progress.step("services") as step:
            for process in self._all():
                process.start()
            await self.wait_ready()
            step.outcome = ", ".join(f"{name} x{len(group)}" for name, group in self.processes.items())

    def _check_scale(self) -> None:
        if unknown := set(self.scale) - set(SERVICES):
            raise ConfigurationError(f"no service called {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
        if wrong := [name for name, count in self.scale.items() if count < 1 or (count > 1 and name in SINGLE)]:
            raise ConfigurationError(f"{', '.join(wrong)}: not a number of processes it can run as")

    def _check_port(self) -> None:
        if self.simulator_port is not None and not is_free(self.simulator_port):
            raise NoWay(f"port {self.simulator_port} is in use; choose another one with --port")

    def _choose_ports(self, opening: AsyncExitStack) -> tuple[int, int]:
        """The simulator's and the console's: the usual ones, unless this is one of many and was given the first."""
        if self.simulator_port is not None:
            return self.simulator_port, free_ports(1)[0]
        simulator, console = (opening.enter_context(usual_or_free(port)) for port in (SIMULATOR_PORT, CONSOLE_PORT))
        return simulator, console

    @asynccontextmanager
    async def _server(self, what: str, opening: AbstractAsyncContextManager[Server]) -> AsyncIterator[Server]:
        async with AsyncExitStack() as opened:
            with self.progress.step(what) as step:
                server = await opened.enter_async_context(opening)
                step.outcome = server.way
            yield server

    async def _migrate(self, database_url: str) -> None:
        with self.progress.step("tables"):
            await bring_up_to_date(database_url, within=10)

    def _plan(self, premises: Premises, http_ports: Mapping[str, int]) -> dict[str, list[ServiceProcess]]:
        shared = {**service_environment(self.at, self.clients, self.clients_dir), **self.environment}
        return {
            service: [
                self.make_process(
                    premises,
                    self.logs,
                    service,
                    index,
                    {**shared, "REMANSO_HTTP_PORT": str(http_ports.get(service, 0)), **self.own.get(service, {})},
                )
                for index in range(self.scale.get(service, 1))
            ]
            for service in SERVICES
        }

    def _all(self) -> list[ServiceProcess]:
        return [process for group in self.processes.values() for process in group]

    async def _stop_all(self) -> None:
        with self.progress.step("stopping"):
            await asyncio.gather(*(process.stop() for process in self._all() if process.service != OUTSIDE))
            await asyncio.gather(*(process.stop() for process in self.processes[OUTSIDE]))


async def _side_by_side(opening: AsyncExitStack, *contexts: AbstractAsyncContextManager[Any]) -> list[Any]:
    """Enter all at once. Raises the first error, after the others were closed."""
    try:
        async with asyncio.TaskGroup() as group:
            entered = [group.create_task(opening.enter_async_context(context)) for context in contexts]
    except BaseExceptionGroup as problems:
        raise problems.exceptions[0] from None
    return [task.result() for task in entered]
