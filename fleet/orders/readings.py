"""Orders that only read: log lines, costs."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import typer

from fleet.orders.crowd import ask_all
from fleet.orders.selection import AsJson, Clients, accounts_of, complain


def logs(
    clients: Clients = None,
    lines: Annotated[int, typer.Option(min=1, max=1500, help="Of each client.")] = 100,
    grep: Annotated[str | None, typer.Option(help="Only lines with this text.")] = None,
    process: Annotated[str | None, typer.Option(help="Only lines of this process: web, worker, router.")] = None,
    as_json: AsJson = False,
) -> None:
    """The latest lines of all, in the order of time, each under its client's name."""
    accounts = accounts_of(clients)
    answers = ask_all(accounts, lambda account: list(account.platform.logs(lines)))
    wanted = re.compile(rf"\b{re.escape(process)}\b[-.\d]*\]?:" if process else "")
    merged = sorted(
        (at, name, accounts[name].secrets.mask(line))
        for name, answer in answers.items()
        for at, line in _timed(answer.result or [])
        if (not grep or grep in line) and wanted.search(line)
    )
    if as_json:
        typer.echo(json.dumps([{"client": name, "line": line} for _, name, line in merged], ensure_ascii=False))
    else:
        for _, name, line in merged:
            typer.echo(f"{name} | {line}")
    complain(answers)
    raise typer.Exit(1 if any(answer.problem for answer in answers.values()) else 0)


def cost(clients: Clients = None, as_json: AsJson = False) -> None:
    """US dollars a month, dynos and add-ons, by the prices the platform tells; a host of your own has none."""
    answers = ask_all(accounts_of(clients), lambda account: account.platform.status().cents)
    cents = {name: answer.result for name, answer in answers.items() if not answer.problem}
    total = sum(each or 0 for each in cents.values()) / 100
    if as_json:
        dollars = {name: None if each is None else each / 100 for name, each in cents.items()}
        typer.echo(json.dumps({"clients": dollars, "total": total}))
    else:
        for name, each in cents.items():
            typer.echo(f"{name:30} {'not known' if each is None else f'{each / 100:.2f}':>10}")
        typer.echo(f"{'all':30} {total:>10.2f} USD a month")
    complain(answers)
    raise typer.Exit(1 if any(answer.problem for answer in answers.values()) else 0)


def _timed(lines: Iterable[str]) -> Iterator[tuple[datetime, str]]:
    """A line without a time belongs to the one before."""
    at = datetime.min.replace(tzinfo=UTC)
    for line in lines:
        with suppress(ValueError):
            at = datetime.fromisoformat(line.split(" ", 1)[0]).astimezone(UTC)
        yield at, line
