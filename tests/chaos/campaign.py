"""A whole sweep: servers once, a world for each worker, the waves shared among them, the findings kept on the way."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fleet.local.environment import Elsewhere
from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from tests.chaos.findings import Findings, Wave
from tests.chaos.points import Point, enumerate_points, sample, waves
from tests.chaos.sweep import Sweep
from tests.chaos.world import World, open_world
from tests.support import infrastructure

PAIRS = {"agent": 2, "sender": 2}
"""The scale of a world with zombies: whoever sleeps beyond a lease must have somebody who takes the work meanwhile."""

Tell = Callable[[Findings, Wave], None]


@asynccontextmanager
async def open_worlds(count: int, scale: Mapping[str, int] | None = None) -> AsyncIterator[list[World]]:
    """So many worlds on a PostgreSQL and a RabbitMQ of their own."""
    async with (
        infrastructure.postgres_server() as postgres,
        infrastructure.rabbitmq_server() as rabbitmq,
        worlds_on(postgres, rabbitmq, count, scale) as worlds,
    ):
        yield worlds


@asynccontextmanager
async def worlds_on(
    postgres: PostgresServer, rabbitmq: RabbitServer, count: int, scale: Mapping[str, int] | None = None
) -> AsyncIterator[list[World]]:
    """So many worlds, each with its own database and vhost."""
    async with AsyncExitStack() as opened:
        enter, worlds = opened.enter_async_context, []
        for _ in range(count):
            database = await enter(infrastructure.database(postgres.url))
            elsewhere = Elsewhere(database_url=database, amqp_url=await enter(infrastructure.vhost(rabbitmq)))
            worlds.append(await enter(open_world(elsewhere, scale=scale)))
        yield worlds


async def enumerate_lines(
    world: World, findings: Findings, size: int | None, only: frozenset[str] | None = None
) -> None:
    """Record what runs, and settle what is to be tried: all, or `only` these (`file:line`), and of them a sample."""
    recorded, watched = await Sweep(world).record(findings.seed)
    points = [
        point
        for point in enumerate_points(recorded, findings.seed)
        if only is None or f"{point.file}:{point.line}" in only
    ]
    chosen = sample(points, size or len(points), findings.seed)
    findings.points = [str(point) for point in chosen]
    findings.waves.extend(watched)


async def try_all(worlds: Sequence[World], findings: Findings, state: Path | None, tell: Tell) -> None:
    """Kill at every point that was not tried yet; those whose line was not reached come again."""
    sweeps = [Sweep(world) for world in worlds]
    while points := findings.untried():
        await _share(sweeps, worlds, points, findings, state, tell)


async def _share(
    sweeps: Sequence[Sweep],
    worlds: Sequence[World],
    points: Sequence[Point],
    findings: Findings,
    state: Path | None,
    tell: Tell,
) -> None:
    groups = deque(waves(points))

    async def work(sweep: Sweep, world: World) -> None:
        while groups:
            began = time.monotonic()
            group = groups.popleft()
            wave = await sweep.wave(group, f"{findings.seed}-{len(findings.waves)}-{len(groups)}")
            findings.waves.append(wave)
            findings.lock_wait = max(findings.lock_wait, world.waits.longest)
            findings.seconds += time.monotonic() - began
            if state:
                findings.write(state)
            tell(findings, wave)

    async with asyncio.TaskGroup() as together:
        for sweep, world in zip(sweeps, worlds, strict=True):
            together.create_task(work(sweep, world))
