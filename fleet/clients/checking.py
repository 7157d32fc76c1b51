"""`remanso clients check`."""

from pathlib import Path
from typing import Annotated

import typer

from remanso.testing import check_client


def check_command(
    folders: Annotated[list[Path], typer.Argument(help="Clients' folders, each with a client.toml.")],
) -> None:
    """Tell what is wrong with clients, before anybody tries to run them."""
    wrong = {folder.resolve().name: check_client(folder.resolve()) for folder in folders}
    for name, findings in wrong.items():
        for finding in findings or ["nothing to mend"]:
            typer.echo(f"{name}: {finding}")
    raise typer.Exit(1 if any(wrong.values()) else 0)
