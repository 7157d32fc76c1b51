"""`remanso privacy`: what is held about a contact, in one archive; and forgetting them.

The contact's number is asked for, or read from a pipe: on the command line it would stay in the shell's history.
"""

import asyncio
import getpass
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import structlog
import typer
from pydantic import TypeAdapter, ValidationError

from fleet.tables import DatabaseSettings
from remanso.bus import Bus
from remanso.errors import BadInput
from remanso.runtime.export import archive
from remanso.runtime.forgetting import forget, forget_again
from remanso.runtime.settings import AmqpUrl, load_settings
from remanso.store import Store
from remanso.store.forgetting import Mark

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True, help="What is held about a contact: export it, or forget the contact.")

Client = Annotated[str, typer.Argument(help="The client whose contact it is.")]
ContactId = Annotated[
    UUID | None,
    typer.Option("--contact-id", help="The contact's id, as the console shows it. Without it a number is asked for."),
]
_MARKS = TypeAdapter(list[Mark])


class PrivacySettings(DatabaseSettings):
    amqp_url: AmqpUrl | None = None


@app.command()
def export(
    client: Client,
    to: Annotated[Path, typer.Option("--to", help="The archive to write, such as contact.zip.")],
    contact_id: ContactId = None,
) -> None:
    """Write everything held about a contact into one archive: contact.json and the files that are kept."""
    name = _asked(contact_id)

    async def work(store: Store) -> bytes:
        return await archive(store, client, await _contact(store, client, name))

    content = _run(work)
    to.touch(mode=0o600, exist_ok=True)
    to.write_bytes(content)
    typer.echo(f"{to}: {len(content)} bytes. It holds personal data: hand it over, then delete it.")


@app.command("forget")
def forget_contact(
    client: Client,
    contact_id: ContactId = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the confirmation.")] = False,
    without_dead_letters: Annotated[
        bool, typer.Option("--without-dead-letters", help="Leave the broker alone: it is gone, or empty.")
    ] = False,
) -> None:
    """Delete everything about a contact but the books; run it again if it was cut off, it begins where it has to."""
    settings, name = load_settings(PrivacySettings), _asked(contact_id)
    if settings.amqp_url is None and not without_dead_letters:
        raise BadInput("set REMANSO_AMQP_URL: dead letters may hold messages of theirs (or --without-dead-letters)")
    if not yes and typer.prompt(f"This cannot be taken back. Type {client} to go on") != client:
        raise BadInput("nothing was done")

    async def work(store: Store) -> str:
        contact = await _contact(store, client, name)
        async with AsyncExitStack() as stack:
            bus = None
            if settings.amqp_url is not None and not without_dead_letters:
                url = settings.amqp_url.get_secret_value()
                bus = await stack.enter_async_context(Bus.connect(url, "privacy"))
            done = await forget(store, bus.graveyard if bus else None, client, contact, who=f"person:{_me()}")
        if done is None:
            raise BadInput("that contact was forgotten already")
        return "\n".join([f"forgotten at {done.at:%Y-%m-%d %H:%M:%S} UTC", *_told(done.counts)])

    with _logging_to_stderr():
        said = _run(work)
    typer.echo(said)


@app.command()
def forgotten() -> None:
    """Print who was forgotten, as marks that name nobody: for `remanso restore --forgotten`, or `again`."""

    async def work(store: Store) -> list[Mark]:
        async with store.transaction() as tx:
            return await tx.forgetting.marks()

    for mark in _run(work):
        typer.echo(json.dumps({"client": mark.client, "marks": [mark.mark], "at": mark.at.isoformat()}))


@app.command()
def again(
    lists: Annotated[Path, typer.Argument(help="What `forgotten` printed, or log lines: a JSON object each.")],
) -> None:
    """Forget everybody of such a list whom this database still knows from before: after a backup was restored."""
    marks = read_marks(lists)

    async def work(store: Store) -> int:
        return await forget_again(store, marks, who=f"person:{_me()}, again")

    typer.echo(f"{_run(work)} forgotten again; {len(marks)} marks are known now")


def read_marks(path: Path) -> list[Mark]:
    """The marks in a file of JSON lines; lines about other things are passed over. Raises BadInput."""
    try:
        found = [json.loads(line) for line in path.read_text("utf-8").splitlines() if '"marks"' in line]
        told = [{"client": e["client"], "mark": mark, "at": e["at"]} for e in found for mark in e["marks"]]
        return _MARKS.validate_python(told)
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError, ValidationError):
        raise BadInput(f"{path} holds a line with marks that is not of ours") from None


def _asked(contact_id: UUID | None) -> str:
    """The name by which the contact is to be found, without an echo on the terminal."""
    if contact_id is not None:
        return str(contact_id)
    if sys.stdin.isatty():
        return str(typer.prompt("The contact's number or WhatsApp id", hide_input=True))
    return sys.stdin.readline().strip()


async def _contact(store: Store, client: str, name: str) -> UUID:
    async with store.transaction() as tx:
        found = await tx.persons.find(client, name) if name else None
    if found is None:
        raise BadInput(f"{client} has no such contact (any more)")
    return found


def _told(counts: Mapping[str, int]) -> list[str]:
    return [f"  {table}: {count}" for table, count in counts.items()]


@contextmanager
def _logging_to_stderr() -> Iterator[None]:
    """The line with the marks, as JSON: what is kept of it can be replayed after a backup was restored."""
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def _me() -> str:
    return getpass.getuser()


def _run(work: Callable[[Store], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        url = load_settings(DatabaseSettings).database_url.get_secret_value()
        async with Store.connect(url, name="privacy", pool_size=1) as store:
            return await work(store)

    return asyncio.run(run())
