"""One running stack for all stories: every service a real process, three debouncers and three agents.

All of it is traced, to a collector of ours: whatever a story does, no span may name anybody.
"""

from collections.abc import AsyncIterator

import pytest

from fleet.local.environment import Elsewhere
from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.support import infrastructure
from tests.support.clients import lay_out_clients
from tests.support.collector import Collector, collector
from tests.support.pairing import assert_all_pair
from tests.support.play import Play
from tests.support.rights import own_users
from tests.support.whole_logs import WholeLogs, assert_nobody_is_named

SCALE = {"debouncer": 3, "agent": 3, "sender": 2}


@pytest.fixture(scope="package")
def logs() -> WholeLogs:
    """What all services say."""
    return WholeLogs()


@pytest.fixture(scope="package")
async def traces() -> AsyncIterator[Collector]:
    """What they tell a collector."""
    async with collector() as found:
        yield found


@pytest.fixture(scope="package")
async def play(
    postgres: PostgresServer,
    migrated_template: str,
    rabbitmq: RabbitServer,
    tmp_path_factory: pytest.TempPathFactory,
    logs: WholeLogs,
    traces: Collector,
) -> AsyncIterator[Play]:
    """The stack with both ends of it in hand; every service is a user of its own, with the least rights."""
    folder = tmp_path_factory.mktemp("e2e")
    ledger = folder / "ledger.txt"
    clients = lay_out_clients(folder / "clients", "shop", "storm", "memory", "broken")
    async with (
        infrastructure.database(postgres.url, migrated_template) as database_url,
        infrastructure.vhost(rabbitmq) as amqp_url,
        LocalStack(
            own=await own_users(database_url, amqp_url, rabbitmq),
            clients_dir=clients,
            scale=SCALE,
            logs=logs,
            environment={
                "SHOP_LEDGER": str(ledger),
                "REMANSO_AGENT_LEASE_SECONDS": "6",
                "REMANSO_OPENAI_BREAKER_SECONDS": "2",
                "REMANSO_SENDER_RECONCILE_SECONDS": "10",
                "REMANSO_GRAPH_TIMEOUT_SECONDS": "4",
                "REMANSO_SENDER_LEASE_SECONDS": "8",
                "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
                "OTEL_BSP_SCHEDULE_DELAY": "200",
            },
            elsewhere=Elsewhere(database_url=database_url, amqp_url=amqp_url),
        ) as stack,
        Store.connect(database_url, name="e2e") as store,
    ):
        played = Play(stack, store, ledger)
        yield played
        asked = await played.control("GET", "openai/requests")
        assert assert_all_pair(request["body"] for request in asked if "/audio/" not in request["path"])
        await assert_nobody_is_named(logs.lines(), store)
        await assert_nobody_is_named([told.decode("utf-8", "replace") for told in traces.raw], store)
