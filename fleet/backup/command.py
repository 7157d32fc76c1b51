"""`remanso backup` and `remanso restore`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from fleet.backup.making import back_up
from fleet.backup.restoring import RECEIPTS_WITHIN, restore, settle
from fleet.privacy import read_marks
from fleet.tables import database_url
from remanso.errors import BadInput
from remanso.store.forgetting import Mark
from remanso.store.restored import Aftermath


def backup_command(
    to: Annotated[Path, typer.Argument(help="The folder to make; it must not be there yet.")],
    age_recipient: Annotated[
        str | None,
        typer.Option("--age-recipient", envvar="REMANSO_AGE_RECIPIENT", help="A public key: age1…"),
    ] = None,
) -> None:
    """Write the database in REMANSO_DATABASE_URL into a folder, while services work on it."""
    manifest = back_up(database_url(), to, recipient=age_recipient)
    sealed = "encrypted" if manifest.encrypted else "NOT encrypted, and it holds personal data"
    typer.echo(f"{to}: {manifest.bytes} bytes, {sealed}; schema {manifest.schema_revision}, until {manifest.made_at}")


RECEIPTS_SECONDS = RECEIPTS_WITHIN.total_seconds()

Forgotten = Annotated[
    Path | None,
    typer.Option("--forgotten", help="Who was forgotten since: log lines, or of `remanso privacy forgotten`."),
]
Nobody = Annotated[bool, typer.Option("--nobody-forgotten", help="Nobody was forgotten since then.")]
HandOver = Annotated[
    bool, typer.Option("--hand-over", help="People look first at conversations that wait for an answer.")
]
Wait = Annotated[float, typer.Option("--wait", help="Seconds that parts wait for a receipt, then they are sent again.")]


def restore_command(
    folder: Annotated[Path, typer.Argument(help="What `remanso backup` made.")],
    forgotten: Forgotten = None,
    nobody_forgotten: Nobody = False,
    hand_over: HandOver = False,
    age_identity: Annotated[
        Path | None, typer.Option("--age-identity", envvar="REMANSO_AGE_IDENTITY", help="The key file of age.")
    ] = None,
    wait: Wait = RECEIPTS_SECONDS,
) -> None:
    """Bring a backup back into the empty database in REMANSO_DATABASE_URL. Start the services after it, not before."""
    marks, seconds = _marks(forgotten, nobody=nobody_forgotten), timedelta(seconds=wait)
    manifest, after, again = restore(
        folder, database_url(), identity=age_identity, marks=marks, hand_over=hand_over, wait=seconds
    )
    typer.echo(f"restored: all until {manifest.made_at}; clients: {', '.join(manifest.clients) or 'none'}")
    typer.echo(_told(after, again, wait, handed_over=hand_over))


def restored_command(
    forgotten: Forgotten = None,
    nobody_forgotten: Nobody = False,
    hand_over: HandOver = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the confirmation.")] = False,
    wait: Wait = RECEIPTS_SECONDS,
) -> None:
    """After PostgreSQL was recovered to an earlier moment by its own means: what `restore` does behind its load."""
    marks = _marks(forgotten, nobody=nobody_forgotten)
    if not yes and typer.prompt("Every service but the ingress is stopped? Type restored to go on") != "restored":
        raise BadInput("nothing was done")
    after, again = asyncio.run(settle(database_url(), marks, timedelta(seconds=wait), hand_over=hand_over))
    typer.echo(_told(after, again, wait, handed_over=hand_over))


def _marks(forgotten: Path | None, *, nobody: bool) -> list[Mark]:
    if forgotten is None and not nobody:
        raise BadInput("say who was forgotten since the backup: --forgotten FILE, or --nobody-forgotten")
    return read_marks(forgotten) if forgotten else []


def _told(after: Aftermath, again: int, wait: float, *, handed_over: bool) -> str:
    answered = f"{after.handed_over} conversations wait for people" if handed_over else "the bot answers them now"
    return (
        f"{again} forgotten again\n"
        f"{after.parts} parts may have gone out since: each waits {wait:.0f} s for a receipt, then is sent again\n"
        f"{after.turns} open turns and {after.waiting} waiting bursts may have been answered since: {answered}"
    )
