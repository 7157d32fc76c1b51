"""The `remanso` command: where each of its commands lives."""

import sys
from typing import ClassVar

import typer

from fleet.on_demand import OnDemand
from remanso.errors import RemansoError


class Clients(OnDemand):
    places: ClassVar = {
        "create": "fleet.clients.command:create_command",
        "provision": "fleet.clients.command:provision_command",
        "seed": "fleet.seeds:seed_command",
        "check": "fleet.clients.checking:check_command",
    }


class Remanso(OnDemand):
    places: ClassVar = {
        "dev": "fleet.local.command:dev_command",
        "migrate": "fleet.tables:migrate_command",
        "secrets": "fleet.secrets.command:secrets_command",
        "backup": "fleet.backup.command:backup_command",
        "restore": "fleet.backup.command:restore_command",
        "restored": "fleet.backup.command:restored_command",
        "users": "fleet.users:app",
        "api-keys": "fleet.api_keys:app",
        "credit": "fleet.credit:app",
        "privacy": "fleet.privacy:app",
        "numbers": "fleet.numbers:app",
        "templates": "fleet.templates:app",
        "apps": "fleet.apps:app",
        "rabbitmq": "fleet.rights:app",
        "fleet": "fleet.orders.command:app",
    }


app = typer.Typer(cls=Remanso, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
clients_app = typer.Typer(cls=Clients, no_args_is_help=True, help="Clients: their folders and what is stored of them.")
app.add_typer(clients_app, name="clients")


@app.callback()
def remanso() -> None:
    """Remanso: WhatsApp bots for many businesses."""


def main() -> None:
    """Errors we know get one line, what to do about them a second, and exit code 1."""
    try:
        app()
    except RemansoError as problem:
        todo = getattr(problem, "todo", "")
        print(f"remanso: {problem}" + (f"\n  → {todo}" if todo else ""), file=sys.stderr)  # noqa: T201 - no log here
        sys.exit(1)
