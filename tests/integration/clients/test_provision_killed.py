"""`remanso clients provision` is killed around its calls to the outside, and run again."""

import shutil
from collections.abc import Sequence

import pytest

from fleet.git import Repository
from tests.support.provisioning import Operator
from tests.support.standins.evidence import differences
from tests.support.standins.places import Places

SAMPLE = 8
"""Of the calls it may die before, every so many is one. After a call that changes something it dies each time."""


@pytest.mark.timeout(600)
def test_killed_around_a_call_it_goes_on(desk: Operator, world: Places) -> None:
    kill_at(desk, world, points(calls_of_a_run(desk, world), every=SAMPLE))


def calls_of_a_run(desk: Operator, world: Places) -> list[str]:
    desk.create("espiga")
    assert desk.run("clients", "provision", "espiga", "--json").code == 0
    return list(world.tripwire.calls)


def points(calls: Sequence[str], every: int) -> list[tuple[int, str]]:
    changing = [number for number, call in enumerate(calls, 1) if not call.startswith("GET")]
    return sorted(
        [*((number, "after") for number in changing), *((n, "before") for n in range(1, len(calls) + 1, every))]
    )


def kill_at(desk: Operator, world: Places, where: Sequence[tuple[int, str]]) -> None:
    head = Repository(desk.folder / "espiga").head() or ""
    for number, moment in where:
        world.reset()
        shutil.rmtree(desk.folder / ".remanso", ignore_errors=True)
        died = desk.run("clients", "provision", "espiga", "--json", kill=(number, moment))
        last = world.tripwire.calls[-1]
        assert died.code is None, f"{moment} call {number} ({last}) it lived: {died.out}"
        again = desk.run("clients", "provision", "espiga", "--json")
        assert again.code == 0, f"{moment} call {number} ({last}): {again.out}"
        assert differences(world, "espiga", head, desk.environment) == [], f"{moment} call {number} ({last})"
