"""A conversation as a person would like to read it."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fleet.local.control import Json

TICKS = {"accepted": "✓", "sent": "✓", "delivered": "✓✓", "read": "✓✓", "failed": "✗"}


class Transcript:
    """Prints to standard output, chapter by chapter, as the conversation goes on."""

    def __init__(self, client: str, contact: str) -> None:
        self._console = Console(highlight=False)
        self._names = {"in": Text(contact, "cyan"), "out": Text(client, "green")}
        self._shown = 0

    def chapter(self, number: int, title: str) -> None:
        self._console.print()
        self._console.rule(Text(f"{number}. {title}", "bold"), align="left", style="dim")

    def show(self, conversation: Sequence[Json]) -> None:
        """What is new in the conversation since the last time."""
        table = Table.grid(padding=(0, 2))
        for column in (8, max(len(name) for name in self._names.values())):
            table.add_column(min_width=column, no_wrap=True)
        table.add_column(overflow="fold")
        for said in conversation[self._shown :]:
            table.add_row(Text(_clock(said["at"]), "dim"), self._names[said["direction"]], _wording(said))
        self._shown = len(conversation)
        self._console.print(table)

    def verdict(self, problem: str | None) -> None:
        if problem is None:
            self._console.print(Text("✓ came out right", "green"))
        else:
            self._console.print(Text(f"✗ {problem}", "bold red"))


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def _wording(said: Json) -> Text:
    words = Text(said["text"] if said["type"] == "text" else f"[{said['type']}] {said['text']}")
    if said["direction"] == "out":
        words.append(f"  {TICKS.get(said['status'], '')}", "dim")
    return words
