"""What the services say: each line with its process in front, and the last lines of each kept for when it fails."""

import asyncio
import queue
import sys
import threading
from collections import defaultdict, deque
from collections.abc import AsyncIterator

KEPT = 30
"""Lines of each process that are remembered."""
WAITING = 20_000
"""Lines that may wait for a slow terminal; more are dropped rather than holding up the services."""
COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
"""ANSI codes, one per service in the order in which they first speak."""


class Logs:
    """Collects lines; prints them to standard error once `show` was called."""

    def __init__(self) -> None:
        self._kept: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._colours: dict[str, int] = {}
        self._shown: queue.Queue[str] | None = None

    def show(self) -> None:
        """From now on print what comes in. A thread does it: a terminal that stands still must not stop the stack."""
        self._shown = queue.Queue(WAITING)
        threading.Thread(target=_print_all, args=(self._shown,), daemon=True, name="logs").start()

    async def follow(self, process: str, stream: asyncio.StreamReader) -> None:
        """Take all lines of a process until it closes its output."""
        async for line in _lines(stream):
            self._kept[process].append(line)
            if self._shown and not self._shown.full():
                self._shown.put_nowait(self._prefixed(process, line))

    def last_of(self, process: str) -> str:
        return "\n".join(self._kept[process])

    def _prefixed(self, process: str, line: str) -> str:
        if not sys.stderr.isatty():
            return f"{process:<12} | {line}"
        colour = self._colours.setdefault(process.partition("-")[0], COLOURS[len(self._colours) % len(COLOURS)])
        return f"\x1b[{colour}m{process:<12} |\x1b[0m {line}"


def _print_all(lines: queue.Queue[str]) -> None:
    while True:
        print(lines.get(), file=sys.stderr, flush=True)  # noqa: T201 - the terminal is the purpose


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines of any length; `StreamReader.readline` gives up on long ones."""
    rest = b""
    while chunk := await stream.read(65_536):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace")
    if rest:
        yield rest.decode(errors="replace")
