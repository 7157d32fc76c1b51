"""A small part of `make chaos` among the tests: sixty deaths, and some processes that sleep beyond their leases."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from fleet.local.environment import Elsewhere
from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from tests.chaos.campaign import PAIRS, enumerate_lines, try_all
from tests.chaos.findings import Findings
from tests.chaos.points import parse
from tests.chaos.world import World, open_world
from tests.support import infrastructure

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

KILLS, SPARE, STOPS, SEED = 60, 8, 8, 7


@pytest.fixture(scope="module")
async def world(postgres: PostgresServer, rabbitmq: RabbitServer) -> AsyncIterator[World]:
    async with (
        infrastructure.database(postgres.url) as database_url,
        infrastructure.vhost(rabbitmq) as amqp_url,
        open_world(Elsewhere(database_url=database_url, amqp_url=amqp_url), scale=PAIRS) as world,
    ):
        yield world


async def test_nothing_is_lost_repeated_or_disordered_wherever_processes_die_or_sleep(world: World) -> None:
    findings = Findings(SEED)
    await enumerate_lines(world, findings, KILLS + SPARE + STOPS)
    zombies = [p for p in map(parse, findings.points) if p.service in PAIRS][:STOPS]
    findings.points = [str(replace(p, stop=p in zombies)) for p in map(parse, findings.points)]
    await try_all([world], findings, None, lambda *_: None)
    assert {wave.replay: wave.violations for wave in findings.waves if wave.violations} == {}
    assert findings.kills >= KILLS
