"""The running Graph stand-in, empty at the start of each test."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.simulator.graph_server import Stage, running_stage


@pytest.fixture(scope="package")
async def shared_stage() -> AsyncIterator[Stage]:
    async with running_stage() as stage:
        yield stage


@pytest.fixture
async def stage(shared_stage: Stage) -> Stage:
    await shared_stage.clear()
    return shared_stage
