"""`remanso backup` and `remanso restore`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from fleet.backup.making import back_up
from fleet.backup.restoring import RECEIPTS_WITHIN, restore
from fleet.privacy import read_marks
from fleet.tables import database_url
from remanso.errors import BadInput


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


def restore_command(
    folder: Annotated[Path, typer.Argument(help="What `remanso backup` made.")],
    forgotten: Annotated[
        Path | None,
        typer.Option("--forgotten", help="Who was forgotten since: log lines, or of `remanso privacy forgotten`."),
    ] = None,
    nobody_forgotten: Annotated[
        bool, typer.Option("--nobody-forgotten", help="Nobody was forgotten since the backup.")
    ] = False,
    hand_over: Annotated[
        bool, typer.Option("--hand-over", help="People look first at conversations that wait for an answer.")
    ] = False,
    age_identity: Annotated[
        Path | None, typer.Option("--age-identity", envvar="REMANSO_AGE_IDENTITY", help="The key file of age.")
    ] = None,
    wait: Annotated[
        float, typer.Option("--wait", help="Seconds that parts wait for a receipt before they are sent again.")
    ] = RECEIPTS_WITHIN.total_seconds(),
) -> None:
    """Bring a backup back into the empty database in REMANSO_DATABASE_URL. Start the services after it, not before."""
    if forgotten is None and not nobody_forgotten:
        raise BadInput("say who was forgotten since the backup: --forgotten FILE, or --nobody-forgotten")
    marks = read_marks(forgotten) if forgotten else []
    manifest, after, again = restore(
        folder, database_url(), identity=age_identity, marks=marks, hand_over=hand_over, wait=timedelta(seconds=wait)
    )
    typer.echo(
        f"restored: all until {manifest.made_at}; clients: {', '.join(manifest.clients) or 'none'}\n"
        f"{again} forgotten again\n"
        f"{after.parts} parts may have gone out since: each waits {wait:.0f} s for a receipt, then is sent again\n"
        f"{after.turns} open turns and {after.waiting} waiting bursts may have been answered since: "
        + (f"{after.handed_over} conversations wait for people" if hand_over else "the bot answers them now")
    )
