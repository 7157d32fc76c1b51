"""`remanso templates`: what Meta says of a client's templates and numbers, and reading it anew."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field

from fleet.tables import database_url
from remanso.channels.whatsapp.assets import Assets
from remanso.channels.whatsapp.client import GraphClient
from remanso.errors import BadInput
from remanso.plugin.registry import Client
from remanso.runtime.clients import serve_clients
from remanso.runtime.settings import OpsSettings, load_settings
from remanso.runtime.upkeep import synchronise
from remanso.store import Store
from remanso.store.health import ChannelHealth, TemplateHealth

app = typer.Typer(no_args_is_help=True, help="Templates and numbers of clients, as Meta has them.")

Name = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's name in its client.toml.")]


class GraphSettings(OpsSettings):
    clients_dir: Path | None = None
    graph_base_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    graph_timeout_seconds: Annotated[float, Field(gt=0)] = 10.0


@app.command()
def sync(client: Name) -> None:
    """Read the client's templates and numbers from Meta now, and show them."""
    settings = load_settings(GraphSettings)
    registry = serve_clients(settings.clients_dir, needs={"access_token"})
    found = registry.clients.get(client)
    if found is None:
        raise BadInput(f"no client called {client} is served here")
    asyncio.run(_read(settings, found))
    _show(client)


@app.command("list")
def list_(client: Name) -> None:
    """Show what is stored of the client's templates and numbers."""
    _show(client)


async def _read(settings: GraphSettings, client: Client) -> None:
    async with (
        Store.connect(database_url(), name="templates", pool_size=1) as store,
        GraphClient(settings.graph_base_url, settings.graph_version, settings.graph_timeout_seconds) as graph,
    ):
        await synchronise(store, Assets(graph), client)


def _show(client: str) -> None:
    templates, channels = asyncio.run(_stored(client))
    for line in _lines(templates, channels):
        typer.echo(line)


async def _stored(client: str) -> tuple[list[TemplateHealth], list[ChannelHealth]]:
    async with Store.connect(database_url(), name="templates", pool_size=1) as store, store.transaction() as tx:
        return await tx.health.templates_of(client), await tx.health.channels_of(client)


def _lines(templates: list[TemplateHealth], channels: list[ChannelHealth]) -> Iterator[str]:
    if not templates and not channels:
        yield "Nothing is known yet: `remanso templates sync CLIENT` asks Meta."
    for number in channels:
        told = (number.status, number.quality, number.messaging_limit, number.throughput, number.name_status)
        yield "  ".join(("number  ", number.channel or f"+{number.number}", *(word or "-" for word in told)))
    for one in templates:
        why = f"({one.reason})" if one.reason else ""
        words = (f"{one.name} {one.language}", one.status or "-", one.category or "-", one.quality or "-", why)
        yield "  ".join(("template", *(word for word in words if word)))
