"""A broker that dies, forgets nothing, and comes back; one that is short of memory; a cluster that loses its leader."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from remanso.bus.topology import DEBOUNCER_MESSAGE_RECEIVED
from tests.chaos.faults.cluster import Cluster
from tests.chaos.faults.field import Field
from tests.chaos.faults.servers import Broker


@asynccontextmanager
async def killed(field: Field) -> AsyncIterator[None]:
    broker = field.broker
    assert isinstance(broker, Broker)
    broker.program.kill()
    await broker.bring_back()
    yield


@asynccontextmanager
async def short_of_memory(field: Field) -> AsyncIterator[None]:
    """The alarm blocks every connection that publishes; those that consume go on."""
    broker = field.broker
    assert isinstance(broker, Broker)
    await broker.control("set_vm_memory_high_watermark", "absolute", "1000000")
    try:
        yield
    finally:
        await broker.control("set_vm_memory_high_watermark", "0.4")


@asynccontextmanager
async def leader_killed(field: Field) -> AsyncIterator[None]:
    """The node that leads the queue of incoming messages; the other two elect another leader."""
    cluster = field.broker
    assert isinstance(cluster, Cluster)
    leader = await cluster.leader_of(DEBOUNCER_MESSAGE_RECEIVED.name)
    leader.program.kill()
    try:
        yield
    finally:
        await leader.bring_back()
