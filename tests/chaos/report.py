"""The findings for people and for programs: docs/chaos-report.md, or chaos-since.md, and the same as JSON beside it."""

import json
import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.findings import Findings
from tests.chaos.invariants import CHECKS
from tests.chaos.sweep import DIED, STUCK
from tests.chaos.world import SLOWNESS

ROOT = Path(__file__).parents[2]
PROMISES = {
    **{name: (check.__doc__ or "").strip().splitlines()[0] for name, check in CHECKS.items()},
    STUCK: "After the last 200 everything comes to rest within a minute and a half, times the machine's slowness.",
    DIED: "No process ends but by our hand.",
}


def write_report(findings: Findings, folder: Path, command: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    told = json.dumps(as_json(findings, command), indent=1, ensure_ascii=False)
    (folder / f"{_name(findings)}.json").write_text(told + "\n")
    (folder / f"{_name(findings)}.md").write_text("\n".join(_page(findings, command)) + "\n")


def _name(findings: Findings) -> str:
    return "chaos-since" if findings.since else "chaos-report"


def as_json(findings: Findings, command: str) -> dict[str, object]:
    wrong = findings.by_invariant()
    return {
        "kills": findings.kills,
        "violations": findings.violations,
        "seed": findings.seed,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": findings.commit,
        "command": command,
        "slowness": SLOWNESS,
        "lines": dict(findings.points_of()),
        "kills_by_service": dict(findings.kills_of()),
        "scenarios": len(findings.waves),
        "still_to_be_tried": len(findings.untried()),
        "never_reached": findings.never_reached(),
        "longest_lock_wait_seconds": round(findings.lock_wait, 3),
        "longest_rest_seconds": max((wave.rest_seconds for wave in findings.waves), default=0),
        "longest_turn_seconds": max((wave.slowest_turn for wave in findings.waves), default=0),
        "turns": sum(wave.turns for wave in findings.waves),
        "parts_accepted": sum(wave.parts for wave in findings.waves),
        "parts_resent": sum(wave.resent for wave in findings.waves),
        "fallback_texts": sum(wave.fallbacks for wave in findings.waves),
        "answers_lost_before_stored": sum(wave.lost_answers for wave in findings.waves),
        "by_invariant": {
            name: [{"what": what, "replay": wave.replay} for wave, what in wrong.get(name, [])] for name in PROMISES
        },
        "killed_at": sorted(point for wave in findings.waves for point in wave.killed),
    }


def _page(findings: Findings, command: str) -> Iterator[str]:
    told = as_json(findings, command)
    yield "# Kill sweep"
    yield ""
    yield f"Written by `{command}` on {told['date']} at commit {told['commit']}, Python {platform.python_version()}."
    numbers = f"{_name(findings)}.json"
    yield f"Everything in numbers, with every place that was killed at: [{numbers}]({numbers})."
    if findings.since:
        yield f"Only lines written after {findings.since}: those before it are in the [whole sweep](chaos-report.md)."
    yield "What is promised and how this is tested: [reliability](reliability.md)."
    yield ""
    yield f"**{findings.kills} kills, {findings.violations} violations, seed {findings.seed}.**"
    if left := len(findings.untried()):
        yield f"The sweep is not over: {left} lines are still to be killed at. The same command goes on with them."
    yield ""
    yield "| service | lines that run while it works | killed by SIGKILL at |"
    yield "| --- | ---: | ---: |"
    kills = findings.kills_of()
    for service, lines in sorted(findings.points_of().items()):
        yield f"| {service} | {lines} | {kills[service]} |"
    yield ""
    yield from _figures(told)
    yield ""
    yield "| invariant | | violations |"
    yield "| --- | --- | ---: |"
    for name, found in _found(findings).items():
        yield f"| `{name}` | {PROMISES[name]} | {found} |"
    yield from _violations(findings)
    yield from _never_reached(findings)


def _figures(told: dict[str, object]) -> Iterator[str]:
    for name, label in {
        "scenarios": "scenarios of seventeen contacts each",
        "turns": "turns",
        "parts_accepted": "parts that Meta took",
        "parts_resent": "parts queued again because nobody could tell whether they had gone out",
        "fallback_texts": "fallback texts",
        "answers_lost_before_stored": "answers of the model lost with a process, or spoiled on purpose, unstored",
        "longest_lock_wait_seconds": "seconds: the longest wait for a lock in PostgreSQL, which gives up at 3",
        "longest_turn_seconds": "seconds: the longest from a burst's end to its answer, deaths and outages included",
        "longest_rest_seconds": "seconds: the longest from the last message to rest",
    }.items():
        yield f"- {told[name]} {label}"


def _violations(findings: Findings) -> Iterator[str]:
    for name, found in findings.by_invariant().items():
        yield ""
        yield f"## {name}"
        yield ""
        for wave, what in found:
            yield f"- {what}  "
            yield f"  `{wave.replay}`"


def _never_reached(findings: Findings) -> Iterator[str]:
    if missed := findings.never_reached():
        yield ""
        yield "## Armed but not reached"
        yield ""
        yield "Lines that ran while recording and in none of their scenarios afterwards: it depends on who comes first."
        yield ""
        for place in missed:
            yield f"- `{place}`"


def _found(findings: Findings) -> dict[str, int]:
    wrong = findings.by_invariant()
    return {name: len(wrong.get(name, [])) for name in PROMISES}


def commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"
