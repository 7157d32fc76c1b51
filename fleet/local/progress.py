"""Progress for the person at the terminal, always on standard error: standard output is for data."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Progress:
    """Says nothing: for tests, and the base of what does."""

    def tell(self, line: str) -> None:
        """One line worth knowing."""

    @contextmanager
    def step(self, what: str) -> Iterator["Step"]:
        """Something that takes a while. The block may set how it came out."""
        yield Step(what)


class Step:
    def __init__(self, what: str) -> None:
        self.what = what
        self.outcome = ""


class TerminalProgress(Progress):
    """A spinner naming what is under way, and a line for each step that is done; only the lines without a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._under_way: list[Step] = []
        self._spinner = self._console.status("")

    def tell(self, line: str) -> None:
        self._console.print(f"[dim]  {escape(line)}[/dim]", soft_wrap=True)

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        step, began = Step(what), time.monotonic()
        self._under_way.append(step)
        self._spin()
        try:
            yield step
            self._console.print(
                f"[green]✓[/green] {what:<12} [dim]{escape(step.outcome)} ({time.monotonic() - began:.1f} s)[/dim]",
                soft_wrap=True,
            )
        finally:
            self._under_way.remove(step)
            self._spin()

    def _spin(self) -> None:
        if self._under_way:
            self._spinner.update(" · ".join(step.what for step in self._under_way))
            self._spinner.start()
        else:
            self._spinner.stop()
