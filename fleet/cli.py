"""The `remanso` command."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from fleet import api_keys, apps, credit, numbers, privacy, rights, templates, users
from fleet.backup.command import backup_command, restore_command, restored_command
from fleet.clients.command import create_command, provision_command
from fleet.local import dev as local_dev
from fleet.local.progress import TerminalProgress
from fleet.local.settings import LocalSettings, parse_scale
from fleet.local.stack import LocalStack
from fleet.orders import command as orders
from fleet.secrets.deployment import make_secrets
from fleet.seeds import write_seeds
from fleet.tables import bring_up_to_date, database_url
from remanso.errors import RemansoError
from remanso.runtime.settings import DatabaseUrl, OpsSettings, load_settings
from remanso.testing import check_client

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
clients_app = typer.Typer(no_args_is_help=True, help="Clients: their folders and what is stored of them.")
app.add_typer(clients_app, name="clients")
clients_app.command("create")(create_command)
clients_app.command("provision")(provision_command)
app.command("backup")(backup_command)
app.command("restore")(restore_command)
app.command("restored")(restored_command)
app.add_typer(api_keys.app, name="api-keys")
app.add_typer(apps.app, name="apps")
app.add_typer(credit.app, name="credit")
app.add_typer(numbers.app, name="numbers")
app.add_typer(privacy.app, name="privacy")
app.add_typer(templates.app, name="templates")
app.add_typer(users.app, name="users")
app.add_typer(rights.app, name="rabbitmq")
app.add_typer(orders.app, name="fleet")


class SeedSettings(OpsSettings):
    database_url: DatabaseUrl
    clients_dir: Path | None = None


@app.callback()
def remanso() -> None:
    """Remanso: WhatsApp bots for many businesses."""


@app.command()
def dev(
    headless: Annotated[bool, typer.Option("--headless", help="For programs: no word about the phone's page.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Once ready, print one line of JSON to stdout.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Play a scripted conversation, print it, and end.")] = False,
    scale: Annotated[
        list[str] | None, typer.Option(help="Processes of a service, such as debouncer=3; may be repeated.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The phone's port. By default 8100 where it is free.")] = None,
) -> None:
    """Bring up the whole product on this machine, with a phone in the browser; Ctrl-C takes it down again."""
    settings = LocalSettings()
    stack = LocalStack(
        clients_dir=settings.where_clients_are(),
        scale=parse_scale(scale or []),
        elsewhere=settings.elsewhere(simulated=once),
        simulator_port=port,
        ways=settings.ways(),
        progress=TerminalProgress(),
    )
    if once:
        raise typer.Exit(local_dev.run(stack, local_dev.play, interrupted=1))
    raise typer.Exit(local_dev.run(stack, partial(local_dev.stay, headless=headless, as_json=as_json), interrupted=0))


@app.command()
def migrate(
    wait: Annotated[float, typer.Option(help="Seconds to wait for a server that is still starting.")] = 30.0,
    grant: Annotated[
        bool, typer.Option("--grant", help="Also make a role for each service, with the least rights it works with.")
    ] = False,
) -> None:
    """Bring the database in REMANSO_DATABASE_URL to the newest schema."""
    url = database_url()
    asyncio.run(bring_up_to_date(url, within=wait))
    if grant:
        typer.echo(f"roles: {', '.join(asyncio.run(rights.grant_to_services(url)))}")


@app.command("secrets")
def make_deployment_secrets(
    into: Annotated[Path, typer.Option(help="A folder, made where it is not there.")],
    broker: Annotated[str, typer.Option(help="RabbitMQ's host, as the services reach it.")] = "rabbitmq:5672",
    database: Annotated[str, typer.Option(help="PostgreSQL's host, as the services reach it.")] = "postgres:5432",
) -> None:
    """Make the secrets of one deployment, as files; what is there stays as it is."""
    for name in make_secrets(into, broker=broker, database=database):
        typer.echo(f"made {into / name}")


@clients_app.command()
def seed() -> None:
    """Write what the clients' seed files say, but nothing that a person has edited or taken away."""
    settings = load_settings(SeedSettings)
    asyncio.run(write_seeds(settings.database_url.get_secret_value(), settings.clients_dir))


@clients_app.command()
def check(folders: Annotated[list[Path], typer.Argument(help="Clients' folders, each with a client.toml.")]) -> None:
    """Tell what is wrong with clients, before anybody tries to run them."""
    wrong = {folder.resolve().name: check_client(folder.resolve()) for folder in folders}
    for name, findings in wrong.items():
        for finding in findings or ["nothing to mend"]:
            typer.echo(f"{name}: {finding}")
    raise typer.Exit(1 if any(wrong.values()) else 0)


def main() -> None:
    """Errors we know get one line, what to do about them a second, and exit code 1."""
    try:
        app()
    except RemansoError as problem:
        todo = getattr(problem, "todo", "")
        print(f"remanso: {problem}" + (f"\n  → {todo}" if todo else ""), file=sys.stderr)  # noqa: T201 - no log here
        sys.exit(1)
