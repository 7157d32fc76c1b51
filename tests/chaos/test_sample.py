"""A small part of `make chaos` among the tests: forty deaths, and some processes that sleep beyond their leases."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from tests.chaos.campaign import PAIRS, enumerate_lines, try_all, worlds_on
from tests.chaos.findings import Findings
from tests.chaos.points import parse
from tests.chaos.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

KILLS, SPARE, STOPS, SEED = 40, 4, 4, 7


@pytest.fixture(scope="module")
async def worlds(postgres: PostgresServer, rabbitmq: RabbitServer) -> AsyncIterator[list[World]]:
    async with worlds_on(postgres, rabbitmq, 2, PAIRS) as worlds:
        yield worlds


async def test_nothing_is_lost_repeated_or_disordered_wherever_processes_die_or_sleep(worlds: list[World]) -> None:
    findings = Findings(SEED)
    await enumerate_lines(worlds[0], findings, None)
    waiting, findings.points = deque(_with_zombies(findings.points)), []
    while waiting and findings.kills < KILLS + STOPS:  # a line recorded once may never be come by again: draw others
        wanted = KILLS + STOPS + SPARE - findings.kills
        findings.points += [waiting.popleft() for _ in range(min(wanted, len(waiting)))]
        await try_all(worlds, findings, None, lambda *_: None)
    assert {wave.replay: wave.violations for wave in findings.waves if wave.violations} == {}
    assert findings.kills >= KILLS


def _with_zombies(points: list[str]) -> list[str]:
    """The first of the paired services' own lines are stopped at, not killed at."""
    workers = [point for point in points if parse(point).file.startswith(tuple(f"services/{name}/" for name in PAIRS))]
    return [str(replace(parse(point), stop=True)) if point in workers[:STOPS] else point for point in points]
