"""`remanso users`: the first operator, and a way back in for whoever lost their password."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer
from pwdlib import PasswordHash

from fleet.local.visitor import let_in
from fleet.tables import database_url
from remanso.errors import BadInput
from remanso.model.tokens import hashed, new_token
from remanso.store import Store, Transaction

SHORTEST = 10

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True, help="People who log in to the console.")

Email = Annotated[str, typer.Argument(help="The e-mail address they log in with.")]


@app.command("create-operator")
def create_operator(
    email: Email,
    name: Annotated[str, typer.Option(prompt="Name", help="As colleagues see it.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a pipe.")] = False,
) -> None:
    """Add somebody who sees every client; who has an account already becomes an operator and keeps the password."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
    if len(password) < SHORTEST:
        raise BadInput(f"a password needs at least {SHORTEST} characters")
    print(_run(lambda tx: make_operator(tx, email, name, password)))  # noqa: T201 - a command's answer


@app.command("visitor")
def visitor(
    console_url: Annotated[str, typer.Option(envvar="REMANSO_CONSOLE_URL")] = "http://127.0.0.1:8000",
) -> None:
    """For trying out only: print a login that sees everything, with a new password each time."""
    guest = asyncio.run(let_in(database_url()))
    print(f"{console_url.rstrip('/')}  {guest.email}  {guest.password}")  # noqa: T201 - a command's answer


@app.command("reset-link")
def reset_link(
    email: Email,
    console_url: Annotated[str, typer.Option(envvar="REMANSO_CONSOLE_URL")] = "http://127.0.0.1:8000",
) -> None:
    """Print a link, good once within a day, to a new password. The second factor stays."""
    token = new_token()

    async def work(tx: Transaction) -> None:
        user = await tx.users.by_email(email)
        if user is None:
            raise BadInput("nobody has that address")
        await tx.links.reset(hashed(token), user.id, user.email, made_by="remanso users", lasts=timedelta(hours=24))
        await tx.audit.note("remanso users", "member.reset", subject=f"user:{user.id}")

    _run(work)
    print(f"{console_url.rstrip('/')}/resets/{token}")  # noqa: T201


async def make_operator(tx: Transaction, email: str, name: str, password: str) -> str:
    """Gives a sentence that says what was done."""
    user = await tx.users.add(email, name, PasswordHash.recommended().hash(password), operator=True)
    if user is not None:
        await tx.audit.note("remanso users", "operator.created", subject=f"user:{user.id}")
        return "operator created"
    known = await tx.users.by_email(email)
    if known is None:
        raise BadInput("that address is not to be had; try again")
    await tx.users.make_operator(known.id)
    await tx.sessions.end_all(known.id)
    await tx.audit.note("remanso users", "operator.made", subject=f"user:{known.id}")
    return "there was such an account: it is an operator now, with the password it had"


def _ask_password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _run(work: Callable[[Transaction], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with Store.connect(database_url()) as store, store.transaction() as tx:
            return await work(tx)

    return asyncio.run(run())
