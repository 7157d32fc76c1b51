"""Runs a service so that it can be killed at a line: `python -m tests.chaos.tripwire ORDER services.sender`.

The product knows nothing of this. The launcher imports the service and forks; each child is one life of the service,
and when a life ends by SIGKILL the next begins at once, without a tripwire. SIGUSR1 makes a life read the file ORDER:

    {"mode": "trip", "file": "services/sender/drain.py", "line": 142, "hit": 1, "signal": 9}
                          send itself this signal when the line runs for the first time: SIGKILL or SIGSTOP
    {"mode": "record"}    count the lines that run
    {"mode": "off"}       no more of that; the counts are in ORDER.lines

Each obeyed order is answered by ORDER.obeyed, holding the order. ORDER.lives has a line `pid` for every life begun.
"""

import contextlib
import importlib
import json
import os
import random
import runpy
import signal
import sys
import threading
from collections import Counter
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
WATCHED = (str(ROOT / "services") + "/", str(ROOT / "shared" / "remanso") + "/")
PURE = str(ROOT / "services" / "agent" / "grounding") + "/"
"""Reads texts and touches nothing: to die in it is to die at the line that calls it."""


class Watch(Protocol):
    """What is done at each line of ours that runs."""

    def wants(self, code: CodeType) -> bool:
        """Whether lines of this code are of interest at all."""

    def line(self, code: CodeType, line: int) -> bool:
        """The line is about to run. False: never tell of it again."""


class Recording:
    def __init__(self) -> None:
        self.counts: Counter[tuple[str, int]] = Counter()

    def wants(self, code: CodeType) -> bool:
        return code.co_filename.startswith(WATCHED) and not code.co_filename.startswith(PURE)

    def line(self, code: CodeType, line: int) -> bool:
        self.counts[code.co_filename, line] += 1
        return True

    def by_place(self) -> dict[str, int]:
        return {f"{os.path.relpath(file, ROOT)}:{line}": count for (file, line), count in self.counts.items()}


class Trip:
    """Dies or stands still without a word when the line runs for the `hit`-th time."""

    def __init__(self, file: str, line: int, hit: int, number: int) -> None:
        self._file, self._line, self._left, self._signal = str(ROOT / file), line, hit, number

    def wants(self, code: CodeType) -> bool:
        return code.co_filename == self._file and any(line == self._line for _, _, line in code.co_lines())

    def line(self, code: CodeType, line: int) -> bool:
        if line != self._line or code.co_filename != self._file:
            return False
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._signal)
        return True


class Traced:
    """Lines by sys.settrace: for Python 3.11. Only frames of interest are followed line by line."""

    def __init__(self) -> None:
        self._watch: Watch | None = None
        self._wanted: dict[CodeType, bool] = {}

    def start(self, watch: Watch) -> None:
        self._watch, self._wanted = watch, {}
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> None:
        self._watch = None
        sys.settrace(None)
        threading.settrace(None)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        code, watch = frame.f_code, self._watch
        if watch is None:
            return None
        wanted = self._wanted.get(code)
        if wanted is None:
            wanted = self._wanted[code] = watch.wants(code)
        return self._step if wanted else None

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        if self._watch is None:
            return None
        if event == "line":
            self._watch.line(frame.f_code, frame.f_lineno)
        return self._step


class Monitored:
    """Lines by sys.monitoring, from Python 3.12 on: a place of no interest is told of once and costs nothing then."""

    TOOL = 4

    def __init__(self) -> None:
        self._monitoring: Any = vars(sys)["monitoring"]
        self._monitoring.use_tool_id(self.TOOL, "tripwire")

    def start(self, watch: Watch) -> None:
        def told(code: CodeType, line: int) -> Any:
            return None if watch.wants(code) and watch.line(code, line) else self._monitoring.DISABLE

        self._monitoring.register_callback(self.TOOL, self._monitoring.events.LINE, told)
        self._monitoring.restart_events()
        self._monitoring.set_events(self.TOOL, self._monitoring.events.LINE)

    def stop(self) -> None:
        self._monitoring.set_events(self.TOOL, 0)


class Tripwire:
    """In a life of the service: obeys the orders."""

    def __init__(self, order: Path) -> None:
        self._order = order
        self._lines: Traced | Monitored = Monitored() if sys.version_info >= (3, 12) else Traced()
        self._recording: Recording | None = None

    def obey(self, *_: object) -> None:
        """The handler of SIGUSR1."""
        order = json.loads(self._order.read_text())
        self._lines.stop()
        self._keep_record()
        match order["mode"]:
            case "record":
                self._recording = Recording()
                self._lines.start(self._recording)
            case "trip":
                self._lines.start(Trip(order["file"], order["line"], order["hit"], order["signal"]))
        _write(self._order.with_suffix(".obeyed"), json.dumps(order))

    def _keep_record(self) -> None:
        if self._recording is not None:
            _write(self._order.with_suffix(".lines"), json.dumps(self._recording.by_place()))
            self._recording = None


def live(order: Path, module: str) -> None:
    """One life: be the service. Never returns."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGUSR1, Tripwire(order).obey)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
    random.seed()  # or every life would draw the same numbers
    del sys.modules[f"{module}.__main__"]  # imported for what it imports; now it is run
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit(0)


def supervise(order: Path, module: str) -> int:
    """Lives one after the other, until one ends by itself; its exit code."""
    importlib.import_module(f"{module}.__main__")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})  # an order waits until the new life can obey
    while True:
        child = os.fork()
        if child == 0:
            live(order, module)
        with order.with_suffix(".lives").open("a") as lives:
            lives.write(f"{child}\n")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, partial(_pass_on, child))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != -signal.SIGKILL:
            return code


def _pass_on(child: int, number: int, _: object) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def _write(path: Path, text: str) -> None:
    """All at once: whoever reads sees all of it or nothing."""
    half = path.with_suffix(path.suffix + ".half")
    half.write_text(text)
    half.rename(path)


if __name__ == "__main__":
    sys.exit(supervise(Path(sys.argv[1]), sys.argv[2]))
