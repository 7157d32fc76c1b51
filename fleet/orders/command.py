"""`remanso fleet …`: orders to all clients of the inventory, or to those that are named."""

import json
import time
from contextlib import nullcontext, suppress
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from fleet.clients.account import Account
from fleet.orders.changes import config_set, restart, rotate, scale
from fleet.orders.crowd import Answer, ask_all
from fleet.orders.destroy import destroy
from fleet.orders.readings import cost, logs
from fleet.orders.rollout import go_back, roll_out
from fleet.orders.selection import AsJson, Clients, accounts_of, report
from fleet.orders.status import Standing, as_data, standing, table
from fleet.orders.status import tell as tell_of
from fleet.orders.template import update_template

app = typer.Typer(no_args_is_help=True, help="All clients of the inventory, or those that are named.")
config_app = typer.Typer(no_args_is_help=True, help="Config vars.")


@app.command()
def status(
    clients: Clients = None,
    as_json: AsJson = False,
    drift: Annotated[bool, typer.Option(help="Also compare with the inventory, step by step.")] = False,
    tell: Annotated[bool, typer.Option("--tell", help="Show it on the operators' panel, too.")] = False,
    watch: Annotated[float | None, typer.Option(min=5, help="Look again every so many seconds, until Ctrl-C.")] = None,
) -> None:
    """Version, health, what waits, tokens of today, last message. Ends with 1 where a client is not well."""
    accounts = accounts_of(clients)
    console, live = Console(highlight=False), bool(watch) and not as_json
    answers: dict[str, Answer[Standing]] = {}
    with suppress(KeyboardInterrupt), Live(console=console, auto_refresh=False) if live else nullcontext() as board:
        while True:
            answers = ask_all(accounts, partial(_look, drift=drift, told=tell), shown=not live)
            if as_json:
                typer.echo(json.dumps(as_data(answers), default=str, ensure_ascii=False))
            elif board:
                board.update(table(answers, console.width), refresh=True)
            else:
                console.print(table(answers, console.width))
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
    fates = roll_out(accounts_of(clients), lambda line: typer.echo(line, err=True), all_back=all_back, at_once=at_once)
    if as_json:
        typer.echo(json.dumps({name: asdict(fate) for name, fate in fates.items()}, ensure_ascii=False))
    else:
        for name, fate in fates.items():
            typer.echo(f"{name}: {fate.fate} {fate.words}".rstrip())
    raise typer.Exit(0 if all(fate.good for fate in fates.values()) else 1)


@app.command()
def rollback(
    clients: Annotated[list[str], typer.Argument(help="Clients; of a shared deployment, all of it goes back.")],
    as_json: AsJson = False,
) -> None:
    """Back to the newest release before with other code; config vars stay as they are, migrations too."""
    report(ask_all(accounts_of(clients), go_back, order="rollback"), as_json)


config_app.command("set")(config_set)
app.add_typer(config_app, name="config")
app.command()(restart)
app.command()(scale)
app.command()(logs)
app.command("update-template")(update_template)
app.command()(rotate)
app.command()(cost)
app.command()(destroy)
