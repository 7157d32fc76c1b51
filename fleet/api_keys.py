"""`remanso api-keys`: keys of the console's API, for whoever sets a client up without its pages."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from fleet.tables import database_url
from remanso.errors import BadInput
from remanso.model.api_key import KeyScope, new_key
from remanso.model.tokens import hashed
from remanso.store import Store, Transaction
from remanso.store.api_keys import ApiKey
from remanso.store.scoped import Scope

WHO = "remanso api-keys"

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True, help="Keys with which programs of a client use the console's API.")

Client = Annotated[str, typer.Argument(help="The client's name, as its folder is called.")]


@app.command()
def create(
    client: Client,
    name: Annotated[str, typer.Option(help="What will use it; stands in the log beside what it does.")],
    scope: Annotated[list[KeyScope], typer.Option(help="read, write, admin; may be repeated.")],
    days: Annotated[int | None, typer.Option(min=1, help="How long it lasts; without end if left out.")] = None,
) -> None:
    """Make a key and print it, this once."""
    key, prefix = new_key()

    async def work(tx: Transaction) -> None:
        lasts = timedelta(days=days) if days else None
        key_id = await tx.within(Scope(None)).keys.add(
            client, name[:60], prefix=prefix, token_hash=hashed(key), scopes=set(scope), made_by=WHO, lasts=lasts
        )
        await tx.audit.note(WHO, "key.made", client=client, subject=f"key:{key_id}")

    _run(work)
    print(key)  # noqa: T201 - a command's answer


@app.command("list")
def list_(client: Client) -> None:
    """Show a client's keys: how each begins, what it may, when it was used."""
    for key in _run(lambda tx: tx.within(Scope(None)).keys.of_client(client)):
        print(_told(key))  # noqa: T201


@app.command()
def revoke(client: Client, key: Annotated[str, typer.Argument(help="Its id, or how it begins (rmk_…).")]) -> None:
    """Make a key void at once."""

    async def work(tx: Transaction) -> None:
        keys = tx.within(Scope(None)).keys
        found = _the_one(key, await keys.of_client(client))
        if await keys.revoke(client, found):
            await tx.audit.note(WHO, "key.revoked", client=client, subject=f"key:{found}")

    _run(work)


def _the_one(key: str, keys: list[ApiKey]) -> UUID:
    """Raises BadInput where it is none of them, or could be several."""
    found = [each.id for each in keys if each.revoked_at is None and key.rstrip("…") in (str(each.id), each.prefix)]
    if len(found) != 1:
        raise BadInput("no such key that still counts" if not found else "several keys begin so: give the id")
    return found[0]


def _told(key: ApiKey) -> str:
    state = "revoked" if key.revoked_at else "expired" if key.expired else "counts"
    used = key.last_used_at.isoformat(timespec="minutes") if key.last_used_at else "never"
    return f"{key.id}  {key.prefix}…  {','.join(key.scopes):<17}  {state:<7}  used {used}  {key.name}"


def _run(work: Callable[[Transaction], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with Store.connect(database_url()) as store, store.transaction() as tx:
            return await work(tx)

    return asyncio.run(run())
