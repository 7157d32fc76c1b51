"""Fault after fault on one field, and what was found, written down after each."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.faults.cluster import own_cluster
from tests.chaos.faults.fault import Fault
from tests.chaos.faults.field import Field, open_field
from tests.chaos.faults.report import read_json, write_json, write_page
from tests.chaos.faults.servers import own_broker, own_database
from tests.chaos.faults.table import FAULTS
from tests.chaos.faults.trial import Figures, try_fault

ROOT = Path(__file__).resolve().parents[3]
JSON_FILE = ROOT / ".remanso" / "chaos-faults.json"
PAGE = ROOT / "docs" / "chaos-faults.md"
CONTACTS = 24
DOES_NOT_COME_BACK = "the_product_comes_back"


class Run:
    """What is found is written beside what earlier runs found of other faults."""

    def __init__(self, seed: int, contacts: int) -> None:
        self._seed = seed
        self._contacts = contacts
        self._wave = 0
        self.found: list[Figures] = []

    async def of(self, faults: Sequence[Fault], *, on_cluster: bool) -> None:
        left = [fault for fault in faults if fault.on_cluster == on_cluster]
        while left:
            async with open_field(own_database(), own_cluster() if on_cluster else own_broker()) as field:
                while left and await self._try(field, left.pop(0)):
                    pass

    async def _try(self, field: Field, fault: Fault) -> bool:
        """Whether the field can be used for another fault."""
        self._wave += 1
        try:
            figures = await try_fault(field, fault, self._wave, self._contacts, self._seed)
        except* Exception as problems:
            figures = Figures(fault.name, violations={DOES_NOT_COME_BACK: [_first_line(problems)]})
        self._tell(figures)
        self.write()
        return DOES_NOT_COME_BACK not in figures.violations

    def _tell(self, figures: Figures) -> None:
        self.found.append(figures)
        print(
            f"{figures.name:32} {figures.messages:4} messages {figures.turns:4} turns"
            f"  at rest after {figures.rest_seconds:5} s  longest turn {figures.longest_turn:5} s"
            f"  {figures.violation_count} violations",
            flush=True,
        )
        for name, wrong in figures.violations.items():
            print(f"  {name}: {len(wrong)}, such as {wrong[0]}", flush=True)

    def write(self) -> None:
        by_name = {figures.name: figures for figures in (*read_json(JSON_FILE), *self.found)}
        known = [by_name[fault.name] for fault in FAULTS if fault.name in by_name]
        write_json(JSON_FILE, known, self._seed)
        write_page(PAGE, known, self._seed)


def try_faults(names: Sequence[str], seed: int, contacts: int = CONTACTS) -> int:
    """These faults, or all where none is named. Gives the number of violations; the last line printed is JSON."""
    return asyncio.run(_try_all(names, seed, contacts))


async def _try_all(names: Sequence[str], seed: int, contacts: int) -> int:
    chosen = [fault for fault in FAULTS if not names or fault.name in names]
    faults = [fault for fault in chosen if not fault.missing()]
    for fault in chosen:
        if lack := fault.missing():
            print(f"{fault.name:32} not tried: {lack}")
    trials = Run(seed, contacts)
    await trials.of(faults, on_cluster=False)
    await trials.of(faults, on_cluster=True)
    violations = sum(figures.violation_count for figures in trials.found)
    print(json.dumps({"faults": len(trials.found), "violations": violations, "seed": seed}))
    return violations


def _first_line(problem: BaseException) -> str:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}".splitlines()[0]
