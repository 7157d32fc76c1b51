"""Orders that change what runs, and not its code: config vars, secrets, numbers of processes."""

import re
from typing import Annotated

import typer

from fleet.clients.account import Account
from fleet.clients.progress import Silent
from fleet.clients.provision import provision
from fleet.github.steps import UNPUSHABLE
from fleet.local.settings import parse_scale
from fleet.orders.crowd import Answer, ask_all
from fleet.orders.selection import AsJson, Clients, Selection, accounts_of, report
from fleet.platforms.heroku.site import MARK
from fleet.platforms.platform import Config
from remanso.errors import BadInput

ROTATED = ("actions-secrets", "config", "webhook", "health")
"""Steps of provisioning through which secrets get to their places."""
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")]


def config_set(
    assignments: Annotated[list[str], typer.Argument(help="NAME=value; NAME= takes it away. No secrets: use rotate.")],
    clients: Selection = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """One change, and so one restart, per client; none where nothing differs. What should last stands in fleet.toml."""
    values = dict(map(_assignment, assignments))

    def work(account: Account) -> str:
        stale = account.platform.differing(values) if dry_run else account.platform.set_config(values)
        return _told(values, stale, "would " if dry_run else "")

    report(ask_all(accounts_of(clients), work, order="" if dry_run else "config set"), as_json)


def restart(clients: Clients = None, as_json: AsJson = False) -> None:
    """One after the other: never all at once."""
    answers = ask_all(accounts_of(clients), lambda account: account.platform.restart() or "restarted", at_once=1)
    report(answers, as_json)


def scale(
    processes: Annotated[list[str], typer.Argument(help="worker=2 web=1")],
    clients: Selection = None,
    as_json: AsJson = False,
) -> None:
    """How many of each process. What should last stands in fleet.toml, too."""
    numbers = parse_scale(processes)
    told = ", ".join(f"{kind}={count}" for kind, count in numbers.items())
    report(ask_all(accounts_of(clients), lambda account: account.platform.scale(numbers) or told), as_json)


def rotate(clients: Clients = None, as_json: AsJson = False) -> None:
    """Give everywhere what the environment, age file or keyring hold now: config vars, Actions secrets, webhook.

    One client after the other; the first that is not well afterwards stops it. A new Meta app secret: put the old one
    under the variable of `app_secret_previous` first, so that both are taken.
    """
    accounts, answers = accounts_of(clients), dict[str, Answer[str]]()
    for name, account in accounts.items():
        answers |= ask_all({name: account}, _rotated, order="rotate")
        if answers[name].problem:
            why = Answer[str](problem=f"not tried, because {name} failed")
            answers |= {other: why for other in accounts if other not in answers}
            break
    report(answers, as_json)


def _rotated(account: Account) -> str:
    steps = [step for step in account.steps() if step.key in ROTATED]
    outcomes = provision(steps, account.journal, Silent())
    changed = [outcome.title for outcome in outcomes if outcome.result != "found"]
    return f"given: {', '.join(changed)}" if changed else "everything as it was"


def _assignment(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
        raise BadInput(f"NAME=value with capital letters, digits and _, not {name}")
    if name == MARK:
        raise BadInput(f"{MARK} is the mark by which the fleet knows whose app it is; it is not set by hand")
    if re.search(UNPUSHABLE, value):
        raise BadInput(f"the value of {name} looks like a secret: put it where secrets are kept, then use rotate")
    return name, value or None


def _told(values: Config, stale: list[str], how: str) -> str:
    if not stale:
        return "as wanted already"
    return ", ".join(f"{how}{'take away' if values[name] is None else 'set'} {name}" for name in stale)
