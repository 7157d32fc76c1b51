"""Each fault once, with a few contacts; more of them, and the figures: `make chaos ARGS="--faults"`."""

import os

import pytest

from fleet.local.ways import WayUnavailable
from tests.chaos.faults.fault import Fault
from tests.chaos.faults.run import Run
from tests.chaos.faults.table import FAULTS
from tests.chaos.faults.trial import Figures

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

CONTACTS, FIELDS, SEED = 6, 2, 7


@pytest.fixture(scope="module")
async def found() -> dict[str, Figures]:
    """All faults are tried before the first is judged: side by side on several fields, most of it is waiting."""
    run, lack = Run(SEED, CONTACTS, lambda _: None), ""
    try:
        await run.of([fault for fault in FAULTS if not fault.missing()], fields=FIELDS)
    except* WayUnavailable as problems:
        lack = str(problems.exceptions[0])
    if lack and "CI" not in os.environ:
        pytest.skip(lack)  # no binaries that could be killed here
    assert not lack
    return {figures.name: figures for figures in run.found}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_under_load_violates_nothing(found: dict[str, Figures], fault: Fault) -> None:
    if lack := fault.missing():
        pytest.skip(lack)
    assert found[fault.name].violations == {}
    assert found[fault.name].turns > 0
