"""`remanso apps`: the operators' panel's entries, by hand; for apps that `remanso clients provision` does not make."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from fleet.collector.api import drain_url
from fleet.tables import database_url
from remanso.errors import BadInput
from remanso.model.app_key import AppKey
from remanso.model.tokens import hashed
from remanso.store import Store, Transaction
from remanso.store.apps import Credentials

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True, help="Apps that tell the operators' panel how they are.")

Name = Annotated[str, typer.Argument(help="The app's name: what REMANSO_APP is there.")]


@app.command()
def add(
    name: Name,
    collector_url: Annotated[str, typer.Option(help="Where apps reach the collector, such as https://panel.example")],
    title: Annotated[str, typer.Option(help="As people call it.")] = "",
) -> None:
    """Enter an app, and print what it is to be told: this once. An app of this name loses its old key."""
    text = AppKey.new()
    key = AppKey(text)
    entry = Credentials(key.public, hashed(key.drain_password))
    _run(lambda tx: tx.apps.enter(name, entry, {"title": title or name}))
    typer.echo(f"REMANSO_APP={name}\nREMANSO_APP_KEY={text}\nREMANSO_COLLECTOR_URL={collector_url.rstrip('/')}")
    typer.echo(f"log drain, where it is on Heroku: {drain_url(collector_url, name, key)}", err=True)


@app.command()
def remove(name: Name) -> None:
    """Forget an app with all it told."""
    if not _run(lambda tx: tx.apps.leave(name)):
        raise BadInput(f"there is no app {name}")


def _run(work: Callable[[Transaction], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with Store.connect(database_url(), name="apps", pool_size=1) as store, store.transaction() as tx:
            return await work(tx)

    return asyncio.run(run())
