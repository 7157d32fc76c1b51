"""PostgreSQL and RabbitMQ that can be killed and come back where they were: private ones, never anybody else's."""

import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import asyncpg

from fleet.local.postgres import private_server
from fleet.local.premises import Account, Premises, open_premises
from fleet.local.rabbitmq import find_scripts, private_node, speaks_amqp
from tests.support.waiting import eventually

BACK_WITHIN = 90.0


@dataclass
class Program:
    """A running program and how it was started."""

    premises: Premises
    command: tuple[str | Path, ...]
    environment: Mapping[str, str] | None
    account: Account | None
    folder: Path | None
    process: Process

    def kill(self) -> None:
        """`kill -9` for it and all of its group, if it still runs."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def start_again(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """On the same data and port, again and again: what the old one held may take a while to become free."""

        async def is_back() -> bool:
            if self.process.returncode is not None:
                await self._start()
            return await answers()

        await self.process.wait()
        await eventually(is_back, within=BACK_WITHIN)

    async def run(self, *command: str | Path) -> str:
        """Another program in the same place, under the same account. Gives what it said; fails when it failed."""
        code, said = await self.premises.run(
            *command, environment=self.environment, account=self.account, folder=self.folder
        )
        assert code == 0, f"{command[0]} ended with {code}: {said}"
        return said

    async def _start(self) -> None:
        self.process = await Premises.start(
            self.premises, *self.command, environment=self.environment, account=self.account, folder=self.folder
        )


@dataclass
class NotingPremises(Premises):
    """Premises that remember what was started in them."""

    programs: list[Program] = field(default_factory=list)

    def newest(self, name: str) -> Program:
        return next(program for program in reversed(self.programs) if Path(program.command[0]).name == name)

    async def start(
        self,
        *command: str | Path,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        folder: Path | None = None,
        output: IO[bytes] | int | None = None,
    ) -> Process:
        process = await super().start(*command, environment=environment, account=account, folder=folder, output=output)
        self.programs.append(Program(self, command, environment, account, folder, process))
        return process


@asynccontextmanager
async def noting_premises() -> AsyncIterator[NotingPremises]:
    async with open_premises() as premises:
        noting = NotingPremises(premises.folder, premises.notes)
        yield noting
        for program in noting.programs:
            program.kill()


@dataclass(frozen=True)
class Database:
    url: str
    program: Program

    async def bring_back(self) -> None:
        await self.program.start_again(self._answers)

    async def cut_all_connections(self) -> None:
        """`pg_terminate_backend` for everybody but ourselves."""
        connection = await self._connect()
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        finally:
            await connection.close()

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.url.replace("postgresql+asyncpg", "postgresql"), timeout=5)

    async def _answers(self) -> bool:
        try:
            await (await self._connect()).close()
        except (OSError, asyncpg.PostgresError):
            return False
        return True


@dataclass(frozen=True)
class Broker:
    url: str
    program: Program

    async def bring_back(self) -> None:
        await self.program.start_again(self.answers)

    async def control(self, *arguments: str) -> str:
        """`rabbitmqctl`, as the account the node runs as."""
        scripts = find_scripts()
        assert scripts is not None
        return await self.program.run(scripts / "rabbitmqctl", "-q", *arguments)

    async def answers(self) -> bool:
        at = urlsplit(self.url)
        return await speaks_amqp(at.hostname or "", at.port or 0)


@asynccontextmanager
async def own_database() -> AsyncIterator[Database]:
    """Raises WayUnavailable where there are no binaries to run."""
    async with noting_premises() as premises, private_server(premises) as server:
        yield Database(server.url, premises.newest("postgres"))


@asynccontextmanager
async def own_broker() -> AsyncIterator[Broker]:
    """Raises WayUnavailable where RabbitMQ is not installed and cannot be."""
    async with noting_premises() as premises, private_node(premises, print) as server:
        yield Broker(server.url, premises.newest("rabbitmq-server"))
