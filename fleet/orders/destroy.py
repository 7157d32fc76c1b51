"""Taking a client down: its database into a file first, then all that provisioning made."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from fleet.clients.account import Account
from fleet.clients.progress import Bar, Silent, tell_failure
from fleet.clients.provision import undo
from fleet.orders.selection import AsJson, accounts_of
from fleet.trouble import OutsideFailed
from remanso.errors import BadInput, RemansoError

BACKUP = "backup"
"""The journal's note of the file, for a run that comes after one that died with the database already gone."""


def destroy(
    client: Annotated[str, typer.Argument(help="The client.")],
    confirm: Annotated[str | None, typer.Option(help="Its name once more, for programs.")] = None,
    without_backup: Annotated[bool, typer.Option("--without-backup", help="Let the conversations go.")] = False,
    found_too: Annotated[
        bool, typer.Option("--found-too", help="Also what bears this client's mark, but was found and not made.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a client down: backup of its database, then all that this tool made, last first. GitHub's is archived."""
    account = accounts_of([client])[client]
    if (confirm or typer.prompt(f"Type {client} to destroy it", err=True)) != client:
        raise BadInput("that is not its name; nothing was done")
    try:
        with account.journal.order("destroy"), ExitStack() as stack:
            backup = None if without_backup else _backed_up(account)
            if not as_json:
                typer.echo(f"backup: {backup or 'none, as nothing of its own would be lost'}")
            watcher = Silent() if as_json else stack.enter_context(Bar(account.secrets))
            outcomes = undo(account.steps(), account.journal, watcher, found_too=found_too)
    except RemansoError as problem:
        raise SystemExit(tell_failure(problem, account.secrets, client, as_json=as_json)) from None
    gone = [outcome.title for outcome in outcomes if outcome.result == "undone"]
    if as_json:
        typer.echo(json.dumps({"client": client, "backup": str(backup) if backup else None, "undone": gone}))
    else:
        typer.echo(f"{client}: {len(gone)} taken back. Its folder stays; take [clients.{client}] out of fleet.toml")


def _backed_up(account: Account) -> Path | None:
    """The dump of now, or where nothing is there any more, that of an earlier run. Raises OutsideFailed."""
    target = account.state.resolve() / "backups" / f"{account.name}-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}Z"
    try:
        dumped = account.platform.back_up(target)
    except RemansoError as why:
        todo = getattr(why, "todo", "") or "mend that, or use --without-backup"
        raise OutsideFailed("backup", f"{why}; nothing was taken down", todo=todo) from why
    if dumped:
        account.journal.note(BACKUP, str(target))
        return target
    kept = account.journal.noted(BACKUP)
    if kept and not Path(kept).exists():
        raise OutsideFailed("backup", f"{kept} is missing", todo="put it back, or use --without-backup")
    return Path(kept) if kept else None
