"""The quick ones of the faults, once each; all of them: `make chaos ARGS="--faults"`."""

from collections.abc import AsyncIterator

import pytest

from fleet.local.rabbitmq import RabbitServer
from tests.chaos.faults.fault import Fault
from tests.chaos.faults.field import Field, open_field
from tests.chaos.faults.servers import own_database, standing_broker
from tests.chaos.faults.table import FAULTS
from tests.chaos.faults.trial import try_fault
from tests.support import infrastructure

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

QUICK = [fault for fault in FAULTS if fault.quick]
CONTACTS = 6


@pytest.fixture(scope="module")
async def field(rabbitmq: RabbitServer) -> AsyncIterator[Field]:
    """No quick fault harms the broker itself: it is the one of all tests. The database is our own."""
    async with infrastructure.vhost(rabbitmq) as url, open_field(own_database(), standing_broker(url)) as field:
        yield field


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.name)
async def test_a_fault_under_load_violates_nothing(field: Field, fault: Fault) -> None:
    figures = await try_fault(field, fault, 1 + QUICK.index(fault), CONTACTS, seed=7)
    assert figures.violations == {}
    assert figures.turns > 0
