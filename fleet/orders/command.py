"""`remanso fleet …`: orders to all clients of the inventory, or to those that are named."""

import json
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from fleet.backup.making import back_up
from fleet.clients.account import Account, state_of
from fleet.clients.progress import Bar
from fleet.clients.provision import provision, undo
from fleet.clients.update import Updated, update
from fleet.inventory import Inventory
from fleet.local.settings import parse_scale
from fleet.orders.crowd import Answer, ask_all
from fleet.orders.rollout import roll_out
from fleet.orders.status import Standing, as_data, standing, table
from fleet.orders.status import tell as tell_of
from fleet.secrets.sources import Secrets
from fleet.settings import FleetSettings
from remanso.errors import BadInput

ROTATED = ("actions-secrets", "config", "webhook", "health")
CONFLICT_BRANCH = "remanso/template"

app = typer.Typer(no_args_is_help=True, help="All clients of the inventory, or those that are named.")
config_app = typer.Typer(no_args_is_help=True, help="Config vars.")
app.add_typer(config_app, name="config")

Clients = Annotated[list[str] | None, typer.Argument(help="Clients; all where none is named.")]
Selection = Annotated[list[str] | None, typer.Option("--client", "-c", help="A client; may be repeated. Without: all.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command()
def status(
    clients: Clients = None,
    as_json: AsJson = False,
    drift: Annotated[bool, typer.Option(help="Also compare with the inventory, step by step.")] = False,
    tell: Annotated[bool, typer.Option("--tell", help="Show it on the operators' panel, too.")] = False,
    watch: Annotated[float | None, typer.Option(min=5, help="Look again every so many seconds.")] = None,
) -> None:
    """Version, health, what waits, tokens of today, last message. Ends with 1 where a client is not well."""
    accounts = _accounts(clients)
    console = Console(highlight=False)
    with Live(console=console, auto_refresh=False) if watch and not as_json else nullcontext() as live:
        while True:
            answers = ask_all(accounts, partial(_look, drift=drift, told=tell))
            if as_json:
                typer.echo(json.dumps(as_data(answers), default=str, ensure_ascii=False))
            elif isinstance(live, Live):
                live.update(table(answers), refresh=True)
            else:
                console.print(table(answers))
            if watch is None:
                break
            time.sleep(watch)
    raise typer.Exit(0 if all(answer.result and answer.result.good for answer in answers.values()) else 1)


def _look(account: Account, *, drift: bool, told: bool) -> Standing:
    found = standing(account, drift=drift)
    return tell_of(account, found) if told else found


@app.command()
def deploy(
    clients: Clients = None,
    all_back: Annotated[bool, typer.Option("--all-back", help="Where one fails, all go back.")] = False,
    at_once: Annotated[int, typer.Option(min=1, max=10, help="Clients side by side in a wave.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Bring each client's HEAD to run: canaries, a tenth, the rest. One that is not well goes back and stops it."""
    fates = roll_out(_accounts(clients), lambda line: typer.echo(line, err=True), all_back=all_back, at_once=at_once)
    if as_json:
        typer.echo(json.dumps({name: asdict(fate) for name, fate in fates.items()}, ensure_ascii=False))
    else:
        for name, fate in fates.items():
            typer.echo(f"{name}: {fate.fate} {fate.words}".rstrip())
    raise typer.Exit(0 if all(fate.good for fate in fates.values()) else 1)


@app.command()
def rollback(clients: Annotated[list[str], typer.Argument(help="Clients.")]) -> None:
    """Back to the release before; config vars stay as they are, migrations too."""
    _report(ask_all(_accounts(clients), lambda account: account.platform.roll_back()))


@config_app.command("set")
def config_set(
    assignments: Annotated[list[str], typer.Argument(help="NAME=value; NAME= takes it away. No secrets: use rotate.")],
    clients: Selection = None,
) -> None:
    """One change, and so one restart, per client; none where nothing differs."""
    values: dict[str, str | None] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise BadInput(f"NAME=value, not {name}")
        values[name] = value or None
    _report(ask_all(_accounts(clients), lambda account: account.platform.set_config(values) or "set"))


@app.command()
def restart(clients: Clients = None) -> None:
    """One after the other: never all at once."""
    _report(ask_all(_accounts(clients), lambda account: account.platform.restart() or "restarted", at_once=1))


@app.command()
def scale(
    processes: Annotated[list[str], typer.Argument(help="worker=2 web=1")],
    clients: Selection = None,
) -> None:
    """How many of each process. What should last stands in the inventory, too."""
    numbers = parse_scale(processes)
    _report(ask_all(_accounts(clients), lambda account: account.platform.scale(numbers) or "scaled"))


@app.command()
def logs(
    clients: Clients = None,
    lines: Annotated[int, typer.Option(min=1, max=1500)] = 100,
    grep: Annotated[str | None, typer.Option(help="Only lines with this text.")] = None,
) -> None:
    """The latest lines of all, in the order of time, each under its client's name."""
    accounts = _accounts(clients)
    answers = ask_all(accounts, lambda account: list(account.platform.logs(lines)))
    merged = sorted(
        (line, name) for name, answer in answers.items() for line in answer.result or [] if not grep or grep in line
    )
    for line, name in merged:
        typer.echo(f"{name} | {accounts[name].secrets.mask(line)}")
    _complain(answers)


@app.command("update-template")
def update_template(
    clients: Clients = None,
    version: Annotated[str | None, typer.Option(help="Of the template; the newest where left out.")] = None,
    push: Annotated[bool, typer.Option(help="Push what merges to GitHub's branch remanso/template.")] = False,
) -> None:
    """copier's three-way merge in each client's folder; what conflicts is left there for a person, uncommitted."""

    def work(account: Account) -> Updated:
        done = update(account.plan.folder, version)
        if push and done.outcome == "updated":
            account.push(f"HEAD:refs/heads/{CONFLICT_BRANCH}")
        return done

    answers = ask_all(_accounts(clients), work, at_once=1)  # copier changes the process's folder
    for name, answer in answers.items():
        done = answer.result
        if done:
            typer.echo(f"{name}: {done.outcome} {done.before} → {done.after} {' '.join(done.conflicts)}".rstrip())
    conflicts = any(answer.result and answer.result.outcome == "conflict" for answer in answers.values())
    _complain(answers, worse=conflicts)


@app.command()
def rotate(clients: Clients = None) -> None:
    """Give everywhere what the environment, age file or keyring hold now: config vars, Actions secrets, webhook.

    A new Meta app secret: put the old one under the variable of `app_secret_previous` first, so that both are taken.
    """
    accounts = _accounts(clients)
    for account in accounts.values():
        with account.journal.held(), Bar(account.secrets) as bar:
            steps = [step for step in account.steps() if step.key in ROTATED]
            provision(steps, account.journal, bar)


@app.command()
def cost(clients: Clients = None, as_json: AsJson = False) -> None:
    """US dollars a month, dynos and add-ons, by the prices the platform tells."""
    answers = ask_all(_accounts(clients), lambda account: account.platform.status().cents or 0)
    cents = {name: answer.result for name, answer in answers.items() if answer.result is not None}
    total = sum(cents.values())
    if as_json:
        typer.echo(json.dumps({"clients": {name: each / 100 for name, each in cents.items()}, "total": total / 100}))
    else:
        for name, each in cents.items():
            typer.echo(f"{name:30} {each / 100:>10.2f}")
        typer.echo(f"{'all':30} {total / 100:>10.2f} USD a month")
    _complain(answers)


@app.command()
def destroy(
    client: Annotated[str, typer.Argument(help="The client.")],
    confirm: Annotated[str | None, typer.Option(help="Its name once more, for programs.")] = None,
    without_backup: Annotated[bool, typer.Option("--without-backup", help="Let the conversations go.")] = False,
) -> None:
    """Take a client down: backup of its database, then all that this tool made, last first. GitHub's is archived."""
    account = _accounts([client])[client]
    if (confirm or typer.prompt(f"Type {client} to destroy it", err=True)) != client:
        raise BadInput("that is not its name; nothing was done")
    with account.journal.held():
        if not without_backup:
            typer.echo(f"backup: {_backed_up(account)}")
        with Bar(account.secrets) as bar:
            undo(account.steps(), account.journal, bar)


def _backed_up(account: Account) -> Path:
    url = account.platform.database_url()
    if url is None:
        raise BadInput("its database is not to be reached from here; back it up there, then use --without-backup")
    target = account.state / "backups" / f"{account.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    back_up(url, target)
    return target


def _accounts(names: list[str] | None) -> dict[str, Account]:
    settings = FleetSettings()
    secrets = Secrets(settings.secrets_file, settings.age_identity)
    plans = Inventory(settings.inventory).select(names or [])
    if not plans:
        raise BadInput(f"{settings.inventory} names no client")
    return {name: Account(name, plan, settings, secrets, state_of(settings)) for name, plan in plans.items()}


def _report(answers: Mapping[str, Answer[Any]]) -> None:
    for name, answer in answers.items():
        if not answer.problem:
            typer.echo(f"{name}: {answer.result}")
    _complain(answers)


def _complain(answers: Mapping[str, Answer[Any]], *, worse: bool = False) -> None:
    problems = {name: answer.problem for name, answer in answers.items() if answer.problem}
    for name, problem in problems.items():
        typer.echo(f"{name}: {problem}", err=True)
    raise typer.Exit(1 if problems or worse else 0)
