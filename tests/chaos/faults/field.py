"""The field the faults are tried on: the whole product, two of each service that may be many, a proxy on every wire.

Between the simulator and the ingress, and between the services and broker, database and Graph, lies a TCP proxy; the
test's own eyes look past them.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from fleet.local.environment import Elsewhere
from fleet.local.ports import LOOPBACK, free_ports
from fleet.local.processes import ServiceProcess
from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.chaos.faults.cluster import Cluster
from tests.chaos.faults.servers import Broker, Database
from tests.chaos.waits import watch_waits
from tests.chaos.world import IN_A_HURRY, World, hurry
from tests.support.clients import lay_out_clients
from tests.support.tcp_proxy import TcpProxy, proxy_for, tcp_proxy, through

SCALE = {"debouncer": 2, "agent": 2, "sender": 2}

AnyBroker = Broker | Cluster

Manners = Callable[[Random], dict[str, Any]]
"""How a contact's next webhooks are posted: keys of the simulator's order to send."""


def usual(_chance: Random) -> dict[str, Any]:
    return {}


@dataclass
class Field:
    world: World
    database: Database
    broker: AnyBroker
    to_database: TcpProxy
    to_broker: TcpProxy
    to_graph: TcpProxy
    to_ingress: TcpProxy
    manners: Manners = field(default=usual)

    def processes(self, service: str) -> list[ServiceProcess]:
        return self.world.stack.processes[service]

    async def graph_fails(self, **fault: Any) -> None:
        await self.world.control("POST", "graph/faults", {"faults": [fault]})

    async def model_fails(self, **fault: Any) -> None:
        await self.world.control("POST", "openai/faults", {"faults": [fault]})


@asynccontextmanager
async def open_field(
    database: AbstractAsyncContextManager[Database], broker: AbstractAsyncContextManager[AnyBroker]
) -> AsyncIterator[Field]:
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        own_database, own_broker = await enter(database), await enter(broker)
        simulator, ingress = free_ports(2)
        to_database, to_broker = await enter(proxy_for(own_database.url)), await enter(proxy_for(own_broker.url))
        if isinstance(own_broker, Cluster):
            to_broker.targets = own_broker.addresses
        to_graph, to_ingress = await enter(tcp_proxy(LOOPBACK, simulator)), await enter(tcp_proxy(LOOPBACK, ingress))
        folder = _open_folder(opened.enter_context(TemporaryDirectory(prefix="remanso-faults-")))
        clients = lay_out_clients(folder / "clients", "shop")
        hurry(clients)
        webhook_url = f"http://{LOOPBACK}:{to_ingress.port}/webhooks/whatsapp"
        stack = LocalStack(
            clients_dir=clients,
            scale=SCALE,
            environment={
                **IN_A_HURRY,
                "SHOP_LEDGER": str(folder / "ledger.txt"),
                "REMANSO_SIMULATOR_WEBHOOK_URL": webhook_url,
            },
            elsewhere=Elsewhere(
                database_url=through(to_database, own_database.url),
                amqp_url=through(to_broker, own_broker.url),
                graph_url=f"http://{LOOPBACK}:{to_graph.port}/graph",
            ),
            simulator_port=simulator,
        )
        await enter(stack)
        to_ingress.targets = [_address(stack.webhook_url)]
        store = await enter(Store.connect(own_database.url, name="chaos"))
        waits = await enter(watch_waits(store))
        world = World(stack, store, folder / "ledger.txt", waits)
        yield Field(world, own_database, own_broker, to_database, to_broker, to_graph, to_ingress)


def _open_folder(name: str) -> Path:
    """Readable for servers that run under an account of their own."""
    folder = Path(name)
    folder.chmod(0o755)
    return folder


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0
