"""A run of provisioning as a person watches it: a bar over the steps, what the step under way says, a line for each."""

import json
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from fleet.clients.provision import Outcome, StepFailed
from fleet.clients.steps import Finding, State, Step
from fleet.secrets.sources import Secrets
from remanso.errors import RemansoError

SIGNS = {"found": "=", "made": "+", "changed": "~", "left": "-", "undone": "✗"}
STATES = {State.DONE: "=", State.ABSENT: "+", State.DIFFERS: "~", State.WAITS: "+", State.IMPOSSIBLE: "-"}


class Silent:
    """For programs."""

    def begins(self, step: Step, number: int, of: int) -> None: ...

    def tells(self, line: str) -> None: ...

    def ends(self, step: Step, outcome: Outcome) -> None: ...


class Bar:
    """On standard error; standard output is for data. Use as a context manager."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets, self._console = secrets, Console(stderr=True, highlight=False)
        shortened = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(12), TextColumn("{task.fields[said]}", table_column=shortened), TimeElapsedColumn(),
            console=self._console, transient=True, expand=True, disable=not self._console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=None, said="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def begins(self, step: Step, number: int, of: int) -> None:
        self._progress.update(self._task, total=of, completed=number - 1, description=step.title, said="")

    def tells(self, line: str) -> None:
        self._progress.update(self._task, said=escape(self._secrets.mask(line)))

    def ends(self, step: Step, outcome: Outcome) -> None:
        self._progress.advance(self._task)
        took = f" ({outcome.seconds:.1f} s)" if outcome.seconds > 1 else ""
        line = f"{SIGNS[outcome.result]} {step.title}: {outcome.result} [dim]{escape(outcome.detail)}{took}[/dim]"
        self._console.print(self._secrets.mask(line), soft_wrap=True)


def show_plan(findings: list[tuple[Step, Finding]], secrets: Secrets) -> None:
    """The plan as a table, with what it will cost a month."""
    table = Table(box=None, pad_edge=False)
    for column in ("", "step", "there is", "will"):
        table.add_column(column, overflow="fold")
    for step, found in findings:
        table.add_row(STATES[found.state], step.title, escape(found.exists), escape(found.change))
    console = Console(stderr=True, highlight=False)
    console.print(table)
    cents = sum(found.price for _, found in findings)
    if cents:
        console.print(secrets.mask(f"Add-ons that will be made: {cents / 100:.2f} USD a month"))


def plan_as_data(findings: list[tuple[Step, Finding]]) -> list[dict[str, object]]:
    return [
        {
            "step": step.key,
            "title": step.title,
            "state": found.state.value,
            "exists": found.exists,
            "change": found.change,
            "cents_a_month": found.price,
        }
        for step, found in findings
    ]


def tell_failure(problem: RemansoError, secrets: Secrets, name: str, *, as_json: bool) -> int:
    """What, why, and what to do; never a secret. Gives the exit code."""
    todo = getattr(problem, "todo", "")
    step = problem.step.key if isinstance(problem, StepFailed) else None
    if as_json:
        failed = {"client": name, "failed": step, "why": str(problem), "todo": todo}
        typer.echo(secrets.mask(json.dumps(failed, ensure_ascii=False)))
    else:
        typer.echo(secrets.mask(f"remanso: {problem}") + (f"\n  → {secrets.mask(todo)}" if todo else ""), err=True)
    return 1
