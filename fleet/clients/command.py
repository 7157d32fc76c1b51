"""`remanso clients create` and `remanso clients provision`."""

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.clients.account import Account, account
from fleet.clients.create import QUESTIONS, create, read_answers
from fleet.clients.progress import Bar, Silent, plan_as_data, show_plan, tell_failure
from fleet.clients.provision import Outcome, plan, provision, undo
from fleet.clients.steps import Finding, State, Step
from fleet.clients.template import template_source
from fleet.inventory import enter
from fleet.secrets.sources import Secrets
from fleet.settings import FleetSettings
from remanso.errors import BadInput, RemansoError

CHANGES_PENDING = 2
"""Exit code of a dry run that found something to do; 0: nothing, 1: it failed."""

Name = Annotated[str, typer.Argument(help="The client's name: small letters, digits and `-`.")]


def create_command(
    name: Name,
    folder: Annotated[Path | None, typer.Option(help="Where to; a folder of the client's name where left out.")] = None,
    answers: Annotated[Path | None, typer.Option("--from", help="A TOML file with answers.")] = None,
    title: Annotated[str | None, typer.Option(help="The business's name, for people.")] = None,
    language: Annotated[str | None, typer.Option(help="es or en.")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA name.")] = None,
    phone_number_id: Annotated[str | None, typer.Option(help="Meta's id of the number.")] = None,
    display_number: Annotated[str | None, typer.Option(help="The number as people write it.")] = None,
    account_id: Annotated[str | None, typer.Option("--account", help="Id of the WhatsApp Business Account.")] = None,
    model: Annotated[str | None, typer.Option(help="OpenAI model.")] = None,
    remanso: Annotated[str | None, typer.Option(help="Where pip finds Remanso: a requirement.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; what is not told gets its default.")] = False,
) -> None:
    """Make a client's repository from the template: rendered, committed, entered in the inventory. Works offline."""
    settings, flags = FleetSettings(), locals()
    told = {key: flags["account_id" if key == "account" else key] for key in QUESTIONS}
    given = (read_answers(answers) if answers else {}) | {
        key: value for key, value in told.items() if value is not None
    }
    if given.pop("name", name) != name:
        raise BadInput(f"{answers} has answers for another client")
    ask = not yes and answers is None and sys.stdin.isatty()
    made = create(name, folder or Path(name), given, template_source(settings.template), ask=ask)
    entered = enter(settings.inventory, name, made.folder)
    typer.echo(f"{made.folder}: template {made.version}, commit {made.commit[:8]}")
    typer.echo(f"{settings.inventory}: {'entered' if entered else 'was there already'}")
    typer.echo(f"Next: cd {made.folder} && python -m pytest; then remanso clients provision {name} --dry-run")


def provision_command(
    name: Name,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan and do nothing. Exit code 2: changes.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output; asks nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before beginning.")] = False,
    take_back: Annotated[
        bool, typer.Option("--undo", help="Take back what this tool made, never what it found.")
    ] = False,
) -> None:
    """Bring a client to run everywhere: GitHub, its platform, Meta. Run again, it goes on where it stopped."""
    settings = FleetSettings()
    secrets = Secrets(settings.secrets_file, settings.age_identity)
    began = time.monotonic()
    try:
        run = Run(account(name, settings, secrets), as_json=as_json)
        with run.account.journal.held():
            document, code = run.take_back(sure=yes) if take_back else run.forward(dry_run=dry_run, sure=yes or as_json)
    except RemansoError as problem:
        raise SystemExit(tell_failure(problem, secrets, name, as_json=as_json)) from None
    if as_json:
        document |= {"client": name, "seconds": round(time.monotonic() - began, 2), "calls": run.account.calls()}
        typer.echo(secrets.mask(json.dumps(document, ensure_ascii=False)))
    raise typer.Exit(code)


class Run:
    """One run of the command for one client."""

    def __init__(self, account: Account, *, as_json: bool) -> None:
        self.account, self._as_json = account, as_json
        self._steps = account.steps()

    def forward(self, *, dry_run: bool, sure: bool) -> tuple[dict[str, Any], int]:
        findings = plan(self._steps)
        if not self._as_json:
            show_plan(findings, self.account.secrets)
        pending = [found for _, found in findings if found.change and found.state is not State.IMPOSSIBLE]
        if dry_run:
            return {"plan": plan_as_data(findings)}, CHANGES_PENDING if _changes(findings) else 0
        if pending and not sure:
            typer.confirm("Do that?", abort=True, err=True)
        with self.account.journal.begun("provision"):
            outcomes = self._watched(lambda watcher: provision(self._steps, self.account.journal, watcher))
        return {"plan": plan_as_data(findings), "steps": _as_data(outcomes), "url": self.account.platform.url()}, 0

    def take_back(self, *, sure: bool) -> tuple[dict[str, Any], int]:
        if (
            not sure
            and typer.prompt(f"Type {self.account.name} to take everything back", err=True) != self.account.name
        ):
            raise BadInput("that is not its name; nothing was done")
        with self.account.journal.begun("provision --undo"):
            outcomes = self._watched(lambda watcher: undo(self._steps, self.account.journal, watcher))
        return {"steps": _as_data(outcomes)}, 0

    def _watched(self, work: Any) -> list[Outcome]:
        with ExitStack() as stack:
            watcher = Silent() if self._as_json else stack.enter_context(Bar(self.account.secrets))
            outcomes: list[Outcome] = work(watcher)
            return outcomes


def _changes(findings: list[tuple[Step, Finding]]) -> bool:
    """The test event is sent every time, and is no change."""
    return any(
        found.change and found.state is not State.IMPOSSIBLE for step, found in findings if step.key != "test-event"
    )


def _as_data(outcomes: list[Outcome]) -> list[dict[str, object]]:
    return [
        {"step": each.key, "result": each.result, "detail": each.detail, "seconds": round(each.seconds, 2)}
        for each in outcomes
    ]
