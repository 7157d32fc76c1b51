"""A new release: every process of every service ends politely and starts again, while people write."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from fleet.local.ports import LOOPBACK, free_ports
from fleet.local.processes import ServiceProcess
from fleet.local.stack import OUTSIDE
from tests.chaos.evidence import Evidence
from tests.chaos.faults.field import Field


@asynccontextmanager
async def rolling(field: Field) -> AsyncIterator[None]:
    """One process after the other; the ingress behind a second one, as behind any load balancer."""
    stack = field.world.stack
    async with _second_ingress(field):
        for service, group in stack.processes.items():
            for index in range(len(group)) if service != OUTSIDE else ():
                await stack.restart(service, index)
                await stack.wait_ready()
        yield


@asynccontextmanager
async def _second_ingress(field: Field) -> AsyncIterator[None]:
    [first], [port] = field.processes("ingress"), free_ports(1)
    environment = {**first.environment, "REMANSO_HTTP_PORT": str(port)}
    second = ServiceProcess(first.premises, first.logs, "ingress", 1, environment)
    field.processes("ingress").append(second)
    second.start()
    try:
        await field.world.stack.wait_ready()
        field.to_ingress.targets.append((LOOPBACK, port))
        yield
    finally:
        field.processes("ingress").remove(second)
        field.to_ingress.targets.remove((LOOPBACK, port))
        await second.stop()


def nobody_is_refused(evidence: Evidence) -> Iterator[str]:
    """No webhook gets an answer other than 200 from a graceful restart."""
    for post in evidence.posts:
        if post["status"] and post["status"] != 200:
            yield f"a webhook got {post['status']}"
