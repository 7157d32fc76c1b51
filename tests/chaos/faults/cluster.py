"""Three RabbitMQ nodes of this machine as one cluster, so that quorum queues have three members."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from fleet.local.ports import LOOPBACK, free_ports
from fleet.local.premises import Account, unprivileged_account
from fleet.local.rabbitmq import USER, configure_node, find_epmd, find_scripts, node_environment
from fleet.local.ways import WayUnavailable
from tests.chaos.faults.servers import Broker, NotingPremises, noting_premises
from tests.support.waiting import eventually

SIZE = 3
START_WITHIN = 90.0


@dataclass(frozen=True)
class Node(Broker):
    """`url` is the node's own."""

    name: str
    port: int
    management_port: int


@dataclass(frozen=True)
class Cluster:
    nodes: list[Node]
    password: str

    @property
    def url(self) -> str:
        """Of the first node; who wants to survive its death goes to any of `addresses`."""
        return self.nodes[0].url

    @property
    def addresses(self) -> list[tuple[str, int]]:
        return [(LOOPBACK, node.port) for node in self.nodes]

    async def leader_of(self, queue: str) -> Node:
        """The node that leads a quorum queue. Fails when it has not a member on every node."""
        auth = (USER, self.password)
        async with httpx.AsyncClient(auth=auth, trust_env=False) as management:
            at = f"http://{LOOPBACK}:{self.nodes[0].management_port}/api/queues/%2F/{queue}"
            told = (await management.get(at)).raise_for_status().json()
        assert len(told["members"]) == SIZE, f"{queue} has the members {told['members']}"
        return next(node for node in self.nodes if node.name == told["leader"])


@asynccontextmanager
async def own_cluster() -> AsyncIterator[Cluster]:
    """Raises WayUnavailable where RabbitMQ is not installed."""
    if find_scripts() is None:
        raise WayUnavailable("rabbitmq-server is not installed")
    account, password, cookie = unprivileged_account("rabbitmq"), secrets.token_urlsafe(18), secrets.token_hex(10)
    async with noting_premises() as premises:
        [epmd_port] = free_ports(1)
        await premises.start(find_epmd(), "-address", LOOPBACK, "-port", str(epmd_port), account=account)
        names = [f"remanso{number}@localhost" for number in range(1, SIZE + 1)]
        nodes = [await _start(premises, name, account, password, cookie, epmd_port) for name in names]
        for node in nodes:
            await eventually(node.answers, within=START_WITHIN)
        for node in nodes[1:]:
            await node.control("stop_app")
            await node.control("join_cluster", nodes[0].name)
            await node.control("start_app")
        yield Cluster(nodes, password)


async def _start(
    premises: NotingPremises, name: str, account: Account | None, password: str, cookie: str, epmd_port: int
) -> Node:
    home = premises.room("rabbitmq", account)
    port, management_port, metrics_port, distribution_port = free_ports(4)
    configure_node(home, password, (management_port, metrics_port), account)
    _give_cookie(home, cookie, account)
    scripts = find_scripts()
    assert scripts is not None
    await premises.start(
        scripts / "rabbitmq-server",
        environment={**node_environment(home, port, distribution_port, epmd_port), "RABBITMQ_NODENAME": name},
        account=account,
        folder=home,
    )
    url = f"amqp://{USER}:{password}@{LOOPBACK}:{port}/"
    return Node(url, premises.newest("rabbitmq-server"), name, port, management_port)


def _give_cookie(home: Path, cookie: str, account: Account | None) -> None:
    """The secret that nodes of one cluster share."""
    file = home / ".erlang.cookie"
    file.write_text(cookie)
    file.chmod(0o400)
    if account:
        os.chown(file, account.uid, account.gid)
