"""Fault after fault, on one field or on several side by side, and what was found."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from itertools import count
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
    """`tell` gets the figures of each fault as soon as it is judged."""

    def __init__(self, seed: int, contacts: int, tell: Callable[[Figures], None]) -> None:
        self._seed = seed
        self._contacts = contacts
        self._tell = tell
        self._waves = count(1)
        self._opening = asyncio.Lock()
        """Alembic can be at work only once in a process."""
        self.found: list[Figures] = []

    async def of(self, faults: Sequence[Fault], *, fields: int = 1) -> None:
        """Each of the faults once, dealt out among so many fields; those that need a cluster last, on one."""
        alone = deque(fault for fault in faults if not fault.on_cluster)
        async with asyncio.TaskGroup() as group:
            for _ in range(fields):
                group.create_task(self._work_off(alone, on_cluster=False))
        await self._work_off(deque(fault for fault in faults if fault.on_cluster), on_cluster=True)

    async def _work_off(self, left: deque[Fault], *, on_cluster: bool) -> None:
        while left:
            async with AsyncExitStack() as opened:
                async with self._opening:
                    opening = open_field(own_database(), own_cluster() if on_cluster else own_broker())
                    field = await opened.enter_async_context(opening)
                while left and await self._try(field, left.popleft()):
                    pass

    async def _try(self, field: Field, fault: Fault) -> bool:
        """Whether the field can be used for another fault."""
        try:
            figures = await try_fault(field, fault, next(self._waves), self._contacts, self._seed)
        except* Exception as problems:
            figures = Figures(fault.name, violations={DOES_NOT_COME_BACK: [_first_line(problems)]})
        self.found.append(figures)
        self._tell(figures)
        return DOES_NOT_COME_BACK not in figures.violations


def try_faults(names: Sequence[str], seed: int, contacts: int = CONTACTS) -> int:
    """These faults, or all where none is named. Gives the number of violations; the last line printed is JSON."""
    return asyncio.run(_try_all(names, seed, contacts))


async def _try_all(names: Sequence[str], seed: int, contacts: int) -> int:
    chosen = [fault for fault in FAULTS if not names or fault.name in names]
    faults = [fault for fault in chosen if not fault.missing()]
    for fault in chosen:
        if lack := fault.missing():
            print(f"{fault.name:32} not tried: {lack}")
    trials = Run(seed, contacts, lambda figures: _write_down(figures, seed))
    await trials.of(faults)
    violations = sum(figures.violation_count for figures in trials.found)
    print(json.dumps({"faults": len(trials.found), "violations": violations, "seed": seed}))
    return violations


def _write_down(figures: Figures, seed: int) -> None:
    """On standard output, and beside what earlier runs found of other faults."""
    print(
        f"{figures.name:32} {figures.messages:4} messages {figures.turns:4} turns"
        f"  at rest after {figures.rest_seconds:5} s  longest turn {figures.longest_turn:5} s"
        f"  {figures.violation_count} violations",
        flush=True,
    )
    for name, wrong in figures.violations.items():
        print(f"  {name}: {len(wrong)}, such as {wrong[0]}", flush=True)
    by_name = {figures.name: figures for figures in (*read_json(JSON_FILE), figures)}
    known = [by_name[fault.name] for fault in FAULTS if fault.name in by_name]
    write_json(JSON_FILE, known, seed)
    write_page(PAGE, known, seed)


def _first_line(problem: BaseException) -> str:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return f"{type(problem).__name__}: {problem}".splitlines()[0]
