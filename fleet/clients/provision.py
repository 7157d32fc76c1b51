"""Provisioning one client: look at every step, show it, bring about what is missing, take back what was made.

Each step is looked at again right before it is applied and right after. So a run may die anywhere, and the next one
goes on from what is there.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fleet.clients.journal import Journal
from fleet.clients.steps import Finding, State, Step, Tell
from fleet.trouble import OutsideFailed, OutsideUnavailable
from remanso.errors import RemansoError

ATTEMPTS = 4


class Watcher(Protocol):
    """Whom a run tells how it goes."""

    def begins(self, step: Step, number: int, of: int) -> None: ...
    def tells(self, line: str) -> None: ...
    def ends(self, step: Step, outcome: "Outcome") -> None: ...


@dataclass(frozen=True)
class Outcome:
    """How a step came out: found, made, changed, left (impossible), undone."""

    key: str
    title: str
    result: str
    detail: str
    seconds: float = 0.0


class StepFailed(RemansoError):
    """A step of the run failed; what came before it stays, and the same command goes on from here."""

    def __init__(self, step: Step, why: Exception) -> None:
        super().__init__(f"{step.title}: {why}")
        self.step = step
        self.todo = getattr(why, "todo", "") or "mend that and run the same command again: it goes on from here"


def plan(steps: Sequence[Step]) -> list[tuple[Step, Finding]]:
    """What every step finds, by reading alone. Raises StepFailed."""
    return [(step, _look(step)) for step in steps]


def provision(
    steps: Sequence[Step], journal: Journal, watcher: Watcher, sleep: Callable[[float], None] = time.sleep
) -> list[Outcome]:
    """Bring about every step, in order. Raises StepFailed."""
    outcomes = []
    for number, step in enumerate(steps, 1):
        watcher.begins(step, number, len(steps))
        began = time.monotonic()
        result, finding = _bring_about(step, journal, watcher.tells, sleep)
        outcome = Outcome(step.key, step.title, result, finding.exists, time.monotonic() - began)
        journal.audit(step.key, result)
        watcher.ends(step, outcome)
        outcomes.append(outcome)
    return outcomes


def undo(steps: Sequence[Step], journal: Journal, watcher: Watcher, *, found_too: bool = False) -> list[Outcome]:
    """Take back, last first, what this tool made; what it found stays, or goes as well. Raises StepFailed."""
    outcomes = []
    for number, step in enumerate(reversed(steps), 1):
        watcher.begins(step, number, len(steps))
        made = journal.was_made(step.key)
        detail = _undo(step) if made or found_too else None
        if made:  # also where nothing is there any more: a run that died may have taken it back
            journal.undone(step.key)
        why_not = "nothing to take back" if made or found_too else "not made by this tool"
        outcome = Outcome(step.key, step.title, "left" if detail is None else "undone", detail or why_not)
        watcher.ends(step, outcome)
        outcomes.append(outcome)
    return outcomes


def _bring_about(step: Step, journal: Journal, tell: Tell, sleep: Callable[[float], None]) -> tuple[str, Finding]:
    """An answer that never came is no failure yet: what counts is what the next look finds."""
    tried = None
    for attempt in range(1, ATTEMPTS + 1):
        finding = _look(step)
        if finding.state in (State.DONE, State.IMPOSSIBLE):
            return _result(step, finding, journal, tried), finding
        if finding.state is State.ABSENT:
            journal.intend(step.key)
        tried = tried or finding.state
        try:
            step.apply(tell)
        except OutsideUnavailable as why:
            if attempt == ATTEMPTS:
                raise StepFailed(step, why) from why
            tell(f"{why}; looking again")
            sleep(float(attempt))
        except RemansoError as why:
            raise StepFailed(step, why) from why
    finding = _look(step)
    if finding.state is State.DONE:
        return _result(step, finding, journal, tried), finding
    raise StepFailed(step, OutsideFailed(step.title, f"done, and still not as wanted: {finding.change}"))


def _result(step: Step, finding: Finding, journal: Journal, tried: State | None) -> str:
    if finding.state is State.IMPOSSIBLE:
        return "left"
    if journal.intended(step.key):  # by this run, or by one that died before it could say so
        journal.made(step.key)
        return "made"
    return "changed" if tried else "found"


def _look(step: Step) -> Finding:
    try:
        return step.look()
    except RemansoError as why:
        raise StepFailed(step, why) from why


def _undo(step: Step) -> str | None:
    try:
        return step.undo()
    except RemansoError as why:
        raise StepFailed(step, why) from why
