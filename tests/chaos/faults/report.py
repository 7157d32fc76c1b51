"""What a run of faults found: a file for programs, a page for people."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.faults.table import FAULTS
from tests.chaos.faults.trial import Figures

HEAD = """\
# Faults beyond kills

Written by `make chaos ARGS="--faults"` on {date} (UTC), seed {seed}. Each fault strikes the whole product on one
machine of two cores (two debouncers, agents and senders; private RabbitMQ 3.10 and PostgreSQL) while contacts write
bursts; then it is healed, and at rest the invariants of `tests/chaos/invariants.py` are checked. Waits are shortened
by settings: leases 2 to 2.4 s, reconciliation 4 s, patience 5 s, one try at the model 4 s, one call to Graph 1 s, all
of it stretched where the machine was busy with other things (the column ×). Each line is the newest run of its fault.

{trials} faults, {violations} violations. Longest time anybody waited for a row lock: {lock_wait} s.

| fault | what is done | how it heals | messages | turns | parts | rest | longest turn | refused | resent | × | wrong |
| --- | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |
"""

TAIL = """
*Rest*: seconds from healing until nothing waits any more. *Longest turn*: seconds from a burst's first stored
message to the end of its turn. *Refused*: webhooks that got a 5xx and were sent again by Meta's part. *Resent*: parts
sent a second time because nothing told in time that the first had gone out (decisions 4 and 7). *Wrong*: violations.

The clock of one process is stepped by libfaketime (Debian's package). "Down long" is a minute against a patience of
five seconds, in place of an hour against five minutes. Not among the faults, because no better is promised: a Graph
that swallows requests, or answers them with a proxy's 5xx, for longer than four waits for a receipt; its parts end as
failed, shown to an operator.
"""


def write_json(file: Path, found: Sequence[Figures], seed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {"seed": seed, "violations": sum(f.violation_count for f in found), "faults": [f.as_row() for f in found]}
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def read_json(file: Path) -> list[Figures]:
    return [Figures(**row) for row in json.loads(file.read_text())["faults"]] if file.exists() else []


def write_page(file: Path, found: Sequence[Figures], seed: int) -> None:
    faults = {fault.name: fault for fault in FAULTS}
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        seed=seed,
        trials=len(found),
        violations=sum(figures.violation_count for figures in found),
        lock_wait=max((figures.longest_lock_wait for figures in found), default=0.0),
    )
    rows = (
        f"| {f.name} | {faults[f.name].done} | {faults[f.name].heals} | {f.messages} | {f.turns} | {f.parts} "
        f"| {f.rest_seconds} s | {f.longest_turn} s | {f.webhooks_refused} | {f.resent} | {f.slowness:g} "
        f"| {f.violation_count} |\n"
        for f in found
    )
    file.write_text(head + "".join(rows) + TAIL)
