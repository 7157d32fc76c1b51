"""RabbitMQ for a local stack: given by its URL, in a container, or a private node run from the machine's package."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from fleet.local.apt import install_rabbitmq
from fleet.local.docker import container
from fleet.local.ports import LOOPBACK, free_ports
from fleet.local.premises import Account, Premises, end_of, unprivileged_account
from fleet.local.ways import NoWay, Tell, WayUnavailable, first_way, wait_until

IMAGE = "rabbitmq:4.0-management"
START_WITHIN = 90.0
USER = "remanso"
ADVICE = "Give REMANSO_AMQP_URL, start a Docker engine, or install rabbitmq-server."
SCRIPTS = (Path("/usr/lib/rabbitmq/bin"), Path("/opt/homebrew/opt/rabbitmq/sbin"))
"""The package's own scripts: the ones in /usr/sbin insist on being root or the package's user."""


@dataclass(frozen=True)
class RabbitServer:
    """A running broker. `management_url`, with user and password, is None for a broker given by its URL."""

    url: str
    management_url: str | None
    way: str
    metrics_url: str | None = None
    """Where Prometheus reads it; None for a broker given by its URL."""


@asynccontextmanager
async def rabbitmq_server(
    premises: Premises, *, url: str | None, order: tuple[str, ...], tell: Tell
) -> AsyncIterator[RabbitServer]:
    """A RabbitMQ broker until the block ends. Raises NoWay when none can be had."""
    if url:
        yield await _given(url)
        return
    ways = {"docker": partial(in_container, premises, tell), "private": partial(private_node, premises, tell)}
    async with first_way("RabbitMQ", ways, order, tell, ADVICE) as server:
        yield server


async def _given(url: str) -> RabbitServer:
    address = urlsplit(url)
    host, port = address.hostname or LOOPBACK, address.port or (5671 if address.scheme == "amqps" else 5672)
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        raise NoWay(f"nothing answers at {host}:{port}, the address in REMANSO_AMQP_URL") from None
    writer.close()
    return RabbitServer(url, None, "given")


@asynccontextmanager
async def in_container(premises: Premises, tell: Tell) -> AsyncIterator[RabbitServer]:
    password = secrets.token_urlsafe(18)
    environment = {"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": password}
    async with container(premises, IMAGE, tell, ports=(5672, 15672, 15692), environment=environment) as running:
        host, port = running.address[5672]
        await wait_until(
            lambda: speaks_amqp(host, port),
            within=START_WITHIN, otherwise=f"{IMAGE} accepted no connection within {START_WITHIN:.0f} s",
        )  # fmt: skip
        yield _server(password, (host, port), running.address[15672], running.address[15692], f"container of {IMAGE}")


@asynccontextmanager
async def private_node(premises: Premises, tell: Tell, settings: str = "") -> AsyncIterator[RabbitServer]:
    """A node of our own with its own epmd, so that it shares nothing with other nodes of the machine.

    `settings` are lines of its rabbitmq.conf, beside ours.
    """
    if not (scripts := find_scripts()):
        await install_rabbitmq(tell)
        scripts = find_scripts()
    if not scripts:
        raise WayUnavailable("rabbitmq-server is not installed")
    account = unprivileged_account("rabbitmq")
    home, password = premises.room("rabbitmq", account), secrets.token_urlsafe(18)
    port, management_port, metrics_port, distribution_port, epmd_port = free_ports(5)
    environment = node_environment(home, port, distribution_port, epmd_port)
    configure_node(home, password, (management_port, metrics_port), account, settings)
    start = partial(premises.start, environment=environment, account=account, folder=home)
    epmd = await start(find_epmd(), "-address", LOOPBACK, "-port", str(epmd_port))
    try:
        log = home / "output"
        with log.open("wb") as output:
            node = await start(scripts / "rabbitmq-server", output=output)
        try:
            await _wait_for(node, port, log)
            way = f"private node from {scripts}"
            yield _server(password, (LOOPBACK, port), (LOOPBACK, management_port), (LOOPBACK, metrics_port), way)
        finally:
            await premises.stop(node, patience=0)  # a polite end takes six seconds, and there is nothing to keep
    finally:
        await premises.stop(epmd)


def find_scripts() -> Path | None:
    return next((folder for folder in SCRIPTS if (folder / "rabbitmq-server").exists()), None)


def find_epmd() -> Path:
    """Erlang's port mapper. Raises WayUnavailable where Erlang is not in its usual places."""
    found = shutil.which("epmd") or next(iter(Path("/usr/lib/erlang").glob("erts-*/bin/epmd")), None)
    if found is None:
        raise WayUnavailable("Erlang's epmd is not to be found")
    return Path(found)


def node_environment(home: Path, port: int, distribution_port: int, epmd_port: int) -> dict[str, str]:
    """For the server and for `rabbitmqctl`, which finds the node by it."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "RABBITMQ_NODENAME": "remanso@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
    }


def configure_node(
    home: Path, password: str, ports: tuple[int, int], account: Account | None, settings: str = ""
) -> None:
    """`ports`: of the management page and of the metrics. Write the files that `node_environment` names into `home`."""
    files = {
        "enabled_plugins": "[rabbitmq_management,rabbitmq_prometheus].",
        "rabbitmq-env.conf": "",
        "rabbitmq.conf": f"""\
default_user = {USER}
default_pass = {password}
management.tcp.ip = {LOOPBACK}
management.tcp.port = {ports[0]}
prometheus.tcp.ip = {LOOPBACK}
prometheus.tcp.port = {ports[1]}
disk_free_limit.absolute = 50MB
{settings}""",
    }
    for name, text in files.items():
        (home / name).write_text(text)
        (home / name).chmod(0o600)
        if account:
            os.chown(home / name, account.uid, account.gid)


async def _wait_for(node: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async def answers() -> bool:
        if node.returncode is not None:
            raise WayUnavailable(f"the private node ended at once: {end_of(log)}")
        return await speaks_amqp(LOOPBACK, port)

    await wait_until(
        answers, within=START_WITHIN, otherwise=f"the private node accepted no connection in {START_WITHIN:.0f} s"
    )


async def speaks_amqp(host: str, port: int) -> bool:
    """Whether a broker opens the conversation: it answers the protocol header with a method frame (type 1).

    An open port alone proves nothing: Docker's proxy accepts connections before the broker does.
    """
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"AMQP\x00\x00\x09\x01")
                return await reader.read(1) == b"\x01"
            finally:
                writer.close()
    except OSError:
        return False


def _server(
    password: str, amqp: tuple[str, int], management: tuple[str, int], metrics: tuple[str, int], way: str
) -> RabbitServer:
    account = f"{USER}:{password}"
    return RabbitServer(
        url=f"amqp://{account}@{amqp[0]}:{amqp[1]}/",
        management_url=f"http://{account}@{management[0]}:{management[1]}",
        way=way,
        metrics_url=f"http://{metrics[0]}:{metrics[1]}",
    )
