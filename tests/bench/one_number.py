"""How many parts one number sends per second, and what its senders wait for (docs/decisions/0017).

`python -m tests.bench.one_number [--senders 1 4] [--parts 1000]`: real sender processes on a private PostgreSQL and
RabbitMQ, one part in each of many conversations. The parts are announced on the bus, or found by the sweepers alone.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import text

from remanso.bus import Bus
from remanso.events import DeliveryReady, wrap
from remanso.store import Store
from services.simulator.graph.standin import GraphStandIn
from tests.bench import meter
from tests.support import infrastructure
from tests.support.scene import a_conversation, queue
from tests.support.school import config
from tests.support.simulated import SHOP_NUMBER, graph_stand_in, number, sender_processes

SHOP = config("shop", channel=SHOP_NUMBER)
LOOK_SECONDS = 0.05
STARTED_WITHIN, DONE_WITHIN = 120.0, 600.0
AT_ONCE = 8

_SEEN = """
SELECT coalesce(wait_event_type || ':' || wait_event, 'running') || ' ' || state FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'sender%' AND state <> 'idle'
"""
_SENDERS = "SELECT count(DISTINCT application_name) FROM pg_stat_activity WHERE application_name LIKE 'sender%'"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Run:
    """`rate`: parts per second between the first and the last tenth of them. `waits`: what backends were seen doing."""

    parts: int
    rate: float
    refused: int
    waits: Counter[str]
    used: meter.Reading

    def told(self, label: str) -> str:
        looks = sum(self.waits.values()) or 1
        shares = ", ".join(f"{what} {times / looks:.0%}" for what, times in self.waits.most_common(5))
        cpu = ", ".join(f"{part} {seconds / self.parts * 1e3:.1f} ms" for part, seconds in self.used.cpu.items())
        return (
            f"{label}: {self.rate:.0f}/s, refused {self.refused}\n  processors per part: {cpu}; "
            f"transactions {self.used.counts['transactions'] / self.parts:.1f}\n  backends: {shares}"
        )


async def send_all(server_url: str, amqp_url: str, senders: int, parts: int, *, announced: bool) -> Run:
    async with (
        infrastructure.migrated_database(server_url) as template,
        infrastructure.database(server_url, template) as url,
        Store.connect(url, name="bench") as store,
        Bus.connect(amqp_url, name="bench") as bus,
        graph_stand_in(number(SHOP_NUMBER)) as (graph, graph_url),
    ):
        waiting = await each(range(parts), lambda _: a_conversation(store, business=SHOP))
        environment = {"REMANSO_AMQP_URL": amqp_url, "REMANSO_DATABASE_URL": url, "REMANSO_GRAPH_BASE_URL": graph_url}
        with sender_processes(senders, environment) as pids:
            await _until_connected(store, senders)
            processes = {"sender": pids, meter.POSTGRES: [await meter.postmaster(store)]}
            await each(waiting, lambda conversation: queue(store, conversation.id, "hola"))
            before = await meter.read(store, processes)
            if announced:
                ready = [wrap(DeliveryReady(conversation_id=conversation.id), SHOP.name) for conversation in waiting]
                await each(ready, lambda event: bus.publisher.publish(event, timeout=60))
            waits = await _watch(store, graph, parts)
            return _sum_up(graph, waits, (await meter.read(store, processes)).since(before))


async def each(values: Iterable[T], work: Callable[[T], Awaitable[R]]) -> list[R]:
    """`work` done for all of them, a few side by side."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(value: T) -> R:
        async with limit:
            return await work(value)

    return list(await asyncio.gather(*map(one, values)))


async def _until_connected(store: Store, senders: int) -> None:
    async with asyncio.timeout(STARTED_WITHIN):
        while True:
            async with store.transaction() as tx:
                if (await tx.connection.execute(text(_SENDERS))).scalar_one() == senders:
                    return
            await asyncio.sleep(LOOK_SECONDS)


async def _watch(store: Store, graph: GraphStandIn, parts: int) -> Counter[str]:
    waits: Counter[str] = Counter()
    async with asyncio.timeout(DONE_WITHIN):
        while sum(request.accepted for request in graph.requests) < parts:
            async with store.transaction() as tx:
                waits.update((await tx.connection.execute(text(_SEEN))).scalars())
            await asyncio.sleep(LOOK_SECONDS)
    return waits


def _sum_up(graph: GraphStandIn, waits: Counter[str], used: meter.Reading) -> Run:
    times = sorted(request.at for request in graph.requests if request.accepted)
    tenth = len(times) // 10
    middle = times[tenth:-tenth]
    refused = sum(request.kind == "message" and not request.accepted for request in graph.requests)
    return Run(len(times), len(middle) / (middle[-1] - middle[0]), refused, waits, used)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--senders", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--parts", type=int, default=1000)
    asked = parser.parse_args()
    async with infrastructure.postgres_server() as server, infrastructure.rabbitmq_server() as broker:
        for senders in asked.senders:
            for announced in (True, False):
                async with infrastructure.vhost(broker) as amqp_url:
                    run = await send_all(server.url, amqp_url, senders, asked.parts, announced=announced)
                print(run.told(f"{senders} senders, {'announced' if announced else 'found'}"), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
