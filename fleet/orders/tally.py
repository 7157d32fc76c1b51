"""How far an order to many clients has come: one line on a terminal; nothing where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column


@contextmanager
def tally(of: int, console: Console | None = None) -> Iterator[Callable[[str], None]]:
    """Gives what is to be called with the name of each client that is done."""
    console = console or Console(stderr=True, highlight=False)
    if not console.is_terminal or of < 2:
        yield lambda _: None
        return
    columns = (
        MofNCompleteColumn(),
        BarColumn(None, table_column=Column(ratio=1, max_width=40)),
        TextColumn("{task.fields[latest]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as progress:
        task = progress.add_task("", total=of, latest="")
        yield lambda name: progress.update(task, advance=1, latest=name)
