"""A thread that sees when the event loop stands still, and names the line that keeps it.

Code that blocks cannot be cut off from outside; it can only be found. While it blocks, nobody's work goes on in this
process, and its leases run out.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import structlog

PATIENCE_SECONDS = 1.0

log = structlog.get_logger()


@contextmanager
def watching(clients: Mapping[Path, str], patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """While the block runs, a loop that stands still for `patience` seconds is told, once each time.

    `clients` names whose code lies in which folder.
    """
    over = threading.Event()
    watch = _Watch(asyncio.get_running_loop(), threading.get_ident(), clients, patience, over)
    threading.Thread(target=watch.run, daemon=True, name="watchdog").start()
    try:
        yield
    finally:
        over.set()


class _Watch:
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        thread: int,
        clients: Mapping[Path, str],
        patience: float,
        over: threading.Event,
    ) -> None:
        self._loop, self._thread, self._clients = loop, thread, clients
        self._patience, self._over = patience, over

    def run(self) -> None:
        while not self._over.wait(self._patience / 2):
            heard = threading.Event()
            asked = time.monotonic()
            try:
                self._loop.call_soon_threadsafe(heard.set)
            except RuntimeError:  # the loop is closed
                return
            if not heard.wait(self._patience) and not self._over.is_set():
                log.warning("loop.blocked", seconds=round(time.monotonic() - asked, 1), **self._culprit())
                heard.wait()

    def _culprit(self) -> dict[str, str]:
        """The innermost line of a client's code, else the innermost line there is."""
        frame = innermost = sys._current_frames().get(self._thread)
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            for folder, client in self._clients.items():
                if path.is_relative_to(folder):
                    return {"client": client, "at": f"{path.relative_to(folder)}:{frame.f_lineno}"}
            frame = frame.f_back
        return {"at": _line(innermost)} if innermost else {}


def _line(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
