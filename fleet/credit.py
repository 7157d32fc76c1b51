"""`remanso credit`: top up from the command line, look at an account, compare the books."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from fleet.tables import database_url
from remanso.errors import BadInput
from remanso.model.credit import SMALLEST
from remanso.store import Store, Transaction
from remanso.store.books import Discrepancy, Entry
from remanso.store.ledger import Account

MOST = 1_000_000_000

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True, help="Credit of clients and contacts, in US dollars.")

Client = Annotated[str, typer.Argument(help="The client's name in its client.toml.")]
Contact = Annotated[
    str | None,
    typer.Option("--contact", help="A contact's phone, digits only, or user id. Without it: the client's own account."),
]


@app.command()
def grant(
    client: Client,
    dollars: Annotated[str, typer.Argument(help="US dollars, such as 25 or 0.50.")],
    contact: Contact = None,
    days: Annotated[float | None, typer.Option(min=0, help="Expires after so many days. Without it: never.")] = None,
    note: Annotated[str | None, typer.Option(help="Why, for whoever reads the ledger.")] = None,
    who: Annotated[str | None, typer.Option(help="Who grants it. Without it: your user name.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Also for a client to whom nobody has written yet.")] = False,
) -> None:
    """Grant credit on top of what client.toml grants by itself."""
    amount, lasts, granter = _amount(dollars), timedelta(days=days) if days else None, who or getpass.getuser()

    async def work(tx: Transaction) -> Account | None:
        if not new and not await tx.books.knows(client):
            raise BadInput(f"nobody has written to a client called {client} yet; with --new it is granted all the same")
        owner = await _contact(tx, client, contact)
        await tx.credit.grant(client, owner, amount, who=granter, note=note, lasts=lasts)
        return await tx.books.account(client, owner)

    _print(_told(_run(work)))


@app.command()
def show(
    client: Client,
    contact: Contact = None,
    entries: Annotated[int, typer.Option(help="How many lines of the ledger.")] = 20,
) -> None:
    """An account and the latest lines of its ledger."""

    async def work(tx: Transaction) -> tuple[Account | None, list[Entry]]:
        account = await tx.books.account(client, await _contact(tx, client, contact))
        return account, await tx.books.entries(account.id, entries) if account else []

    account, latest = _run(work)
    _print(_told(account))
    _print(*map(_line, latest))


@app.command()
def check() -> None:
    """Compare every account with its ledger; ends with 1 where they do not agree. Reads all of it."""

    async def work(tx: Transaction) -> list[Discrepancy]:
        return await tx.books.discrepancies()

    wrong = _run(work)
    _print(*(str(account) for account in wrong) if wrong else ["The books agree."])
    raise typer.Exit(1 if wrong else 0)


def _run(work: Callable[[Transaction], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with Store.connect(database_url(), name="credit", pool_size=1) as store, store.transaction() as tx:
            return await work(tx)

    return asyncio.run(run())


async def _contact(tx: Transaction, client: str, name: str | None) -> UUID | None:
    found = None if name is None else await tx.contacts.known_as(client, name.lstrip("+"))
    if name is not None and found is None:
        raise BadInput("this client has no such contact")
    return found


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
        if SMALLEST <= amount < MOST:
            return amount
    except InvalidOperation:  # no number, or one that cannot be compared
        pass
    raise BadInput(f"a grant is a number of dollars above 0 and below {MOST:,}: {text}")


def _told(account: Account | None) -> str:
    if account is None:
        return "No account: nothing was ever granted or reserved."
    available, reserved = _dollars(account.available), _dollars(account.reserved)
    return f"{available} available, {reserved} reserved ({account.now:%Y-%m-%d %H:%M} UTC)"


def _line(entry: Entry) -> str:
    call = f"turn {entry.turn_id} step {entry.step} attempt {entry.attempt}" if entry.turn_id else ""
    until = f"until {entry.expires_at:%Y-%m-%d %H:%M}" if entry.expires_at else ""
    words = (
        f"{entry.at:%Y-%m-%d %H:%M:%S}",
        f"{entry.kind:8}",
        f"{_dollars(entry.amount):>14}",
        entry.who,
        until,
        call,
        entry.note,
    )
    return "  ".join(word for word in words if word)


def _dollars(amount: Decimal) -> str:
    return f"${amount:f}"


def _print(*lines: str) -> None:
    for line in lines:
        typer.echo(line)
