"""`remanso secrets`."""

from pathlib import Path
from typing import Annotated

import typer

from fleet.secrets.deployment import make_secrets


def secrets_command(
    into: Annotated[Path, typer.Option(help="A folder, made where it is not there.")],
    broker: Annotated[str, typer.Option(help="RabbitMQ's host, as the services reach it.")] = "rabbitmq:5672",
    database: Annotated[str, typer.Option(help="PostgreSQL's host, as the services reach it.")] = "postgres:5432",
) -> None:
    """Make the secrets of one deployment, as files; what is there stays as it is."""
    for name in make_secrets(into, broker=broker, database=database):
        typer.echo(f"made {into / name}")
