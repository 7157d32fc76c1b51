"""Debouncers as their processes make them, with the database and the broker told apart so that one may be away."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from remanso.bus import Bus
from remanso.bus.topology import DEBOUNCER_MESSAGE_RECEIVED
from remanso.events import Envelope
from remanso.plugin.registry import Registry
from remanso.store import Store
from services.debouncer.intake import Intake
from tests.support.school import config, registry

UNFLOODED = config(flood={"messages": 100_000, "seconds": 1})


@asynccontextmanager
async def debouncer(
    store: Store, bus: Bus, clients: Registry | None = None, *, batch: int = 200
) -> AsyncIterator[None]:
    """Takes messages from the broker inside the block."""
    intake = Intake(store, bus.publisher, clients or registry(UNFLOODED))
    async with bus.consume(DEBOUNCER_MESSAGE_RECEIVED, intake.handle, prefetch=2 * batch, batch=batch):
        yield


async def publish(bus: Bus, envelopes: Sequence[Envelope], *, each: int = 20) -> None:
    """In AMQP messages of several events, as a busy ingress does."""
    for start in range(0, len(envelopes), each):
        await bus.publisher.publish(*envelopes[start : start + each])
