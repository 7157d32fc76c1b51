"""What traces cost: `python -m tests.bench.traces`. Off and on in one run, interleaved; tells medians and their ratio.

A message goes over a real RabbitMQ to a handler that stores it in a real PostgreSQL, as the debouncer does. Traces
go to a collector that is another process.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from timeit import timeit

import structlog

from remanso import tracing
from remanso.bus import Bus, Received
from remanso.bus.topology import DEBOUNCER_MESSAGE_RECEIVED
from remanso.store import Store
from services.debouncer.intake import Intake
from tests.support import infrastructure
from tests.support.child import child
from tests.support.school import person, registry, said

ROUNDS, MESSAGES = 9, 60
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
COLLECTOR = """
import asyncio
from tests.support.collector import collector
async def serve():
    async with collector() as found:
        print("at", found.url, flush=True)
        await asyncio.sleep(3600)
asyncio.run(serve())
"""


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("WARNING"))
    about: tracing.Attributes = {f"remanso.{name}": name for name in ("client", "kind", "code", "step", "turn_id")}

    def piece() -> None:
        with tracing.span("piece", about, parent=None):
            pass

    _say(f"a span while traces are off: {timeit(piece, number=200_000) / 200_000 * 1e9:.0f} ns")
    async with (
        child(COLLECTOR, within=600) as collector,
        infrastructure.postgres_server() as postgres,
        infrastructure.rabbitmq_server() as rabbitmq,
        infrastructure.migrated_database(postgres.url) as name,
        infrastructure.vhost(rabbitmq) as amqp_url,
        Store.connect(f"{postgres.url.rpartition('/')[0]}/{name}") as store,
        Bus.connect(amqp_url, "bench") as bus,
        _debouncer(store, bus),
    ):
        url = (await collector.until("at")).split()[-1]
        took: dict[str, list[float]] = {"off": [], "on": [], "on, with SQL": []}
        for round_ in range(ROUNDS):
            for manner, found in took.items():
                seconds = await _round(bus, url, manner)
                if round_:  # the first warms everything up
                    found.append(seconds / MESSAGES * 1000)
    for manner, found in took.items():
        ratio = statistics.median(found) / statistics.median(took["off"])
        _say(f"{manner:14} {statistics.median(found):6.2f} ms of CPU a message, {ratio:.2f} times off")


async def _round(bus: Bus, url: str, manner: str) -> float:
    """CPU seconds of this process for so many messages, one by one: with its own thread that exports."""
    os.environ["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"] = "" if "SQL" in manner else "asyncpg"
    os.environ[ENDPOINT] = "" if manner == "off" else url
    began = time.process_time()
    with ExitStack() as traced:
        traced.enter_context(tracing.exporting("bench", "bench-1", "0"))
        for _ in range(MESSAGES):
            _handled.clear()
            with tracing.span("POST", kind="server"):
                await bus.publisher.publish(said(person()))
            await _handled.wait()
    return time.process_time() - began


_handled = asyncio.Event()


@asynccontextmanager
async def _debouncer(store: Store, bus: Bus) -> AsyncIterator[None]:
    intake = Intake(store, bus.publisher, registry())

    async def handle(batch: Sequence[Received]) -> None:
        await intake.handle(batch)
        _handled.set()

    async with bus.consume(DEBOUNCER_MESSAGE_RECEIVED, handle, prefetch=10, batch=10, wait=0.0):
        yield


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
