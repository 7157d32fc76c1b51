"""Whom an order is for, and how its answers are told: to people line by line, to programs as one JSON document."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

import typer

from fleet.clients.account import Account, state_of
from fleet.inventory import Inventory
from fleet.orders.crowd import Answer
from fleet.secrets.sources import Secrets
from fleet.settings import FleetSettings
from remanso.errors import BadInput

Clients = Annotated[list[str] | None, typer.Argument(help="Clients; all where none is named.")]
Selection = Annotated[list[str] | None, typer.Option("--client", "-c", help="A client; may be repeated. Without: all.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]


def accounts_of(names: list[str] | None) -> dict[str, Account]:
    """The clients of these names; all where none is named. Raises BadInput, ConfigurationError."""
    settings = FleetSettings()
    secrets = Secrets(settings.secrets_file, settings.age_identity)
    plans = Inventory(settings.inventory).select(names or [])
    if not plans:
        raise BadInput(f"{settings.inventory} names no client; `remanso clients create NAME` enters one")
    return {name: Account(name, plan, settings, secrets, state_of(settings)) for name, plan in plans.items()}


def report(answers: Mapping[str, Answer[Any]], as_json: bool, *, worse: bool = False) -> NoReturn:
    """Tell every client's answer and end: with 1 where one failed, or where it is `worse` than the answers say."""
    if as_json:
        typer.echo(json.dumps([_as_data(name, answer) for name, answer in answers.items()], ensure_ascii=False))
    else:
        for name, answer in answers.items():
            if not answer.problem:
                typer.echo(f"{name}: {answer.result}")
        complain(answers)
    raise typer.Exit(1 if worse or any(answer.problem for answer in answers.values()) else 0)


def complain(answers: Mapping[str, Answer[Any]]) -> None:
    """What went wrong, why, and what to do, on standard error."""
    for name, answer in answers.items():
        if answer.problem:
            typer.echo(f"{name}: {answer.problem}" + (f"\n  → {answer.todo}" if answer.todo else ""), err=True)


def _as_data(name: str, answer: Answer[Any]) -> dict[str, Any]:
    return {
        "client": name,
        "ok": not answer.problem,
        "result": answer.result,
        "why": answer.problem,
        "todo": answer.todo,
    }
