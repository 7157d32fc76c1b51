"""A service under a tripwire, as the stack runs it: armed by a signal, and alive again as soon as it is dead."""

import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.local.ports import free_ports
from fleet.local.processes import ServiceProcess
from fleet.local.stack import OUTSIDE
from tests.chaos.points import Counts, Point
from tests.support.waiting import eventually


@dataclass
class Victim(ServiceProcess):
    """Signals go to the life that lives now, not to its launcher, which outlives them all."""

    def __post_init__(self) -> None:
        [self._ops_port] = free_ports(1)

    @property
    def command(self) -> tuple[str, ...]:
        launcher = (sys.executable, "-m", "tests.chaos.tripwire")
        return (*launcher, str(self._file("order")), f"services.{self.service}")

    @property
    def lives(self) -> int:
        return len(self._lives())

    @property
    def life(self) -> int | None:
        """The pid of the service itself."""
        lives = self._lives() if self.pid else []
        return int(lives[-1]) if lives else None

    async def arm(self, point: Point) -> None:
        """Have it die, or stand still, there, once."""
        number = signal.SIGSTOP if point.stop else signal.SIGKILL
        await self._order(mode="trip", file=point.file, line=point.line, hit=point.hit, signal=number)

    @property
    def stands_still(self) -> bool:
        """Whether it was stopped by SIGSTOP."""
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.life}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False

    async def disarm(self) -> None:
        await self._order(mode="off")

    async def record(self) -> None:
        await self._order(mode="record")

    async def recorded(self) -> Counts:
        """How often each line ran since `record`."""
        await self.disarm()
        counts: Counts = json.loads(self._file("lines").read_text())
        return counts

    async def _order(self, **order: Any) -> None:
        """Write the order down and wait until it is obeyed. A life that dies meanwhile has nothing to obey."""
        text, obeyed, lives = json.dumps(order), self._file("obeyed"), self.lives
        obeyed.unlink(missing_ok=True)
        self._file("order").write_text(text)
        self._send(signal.SIGUSR1)
        await eventually(lambda: obeyed.exists() or self.lives > lives, within=60)

    def _send(self, number: signal.Signals) -> None:
        if self.life:
            os.kill(self.life, number)

    def _lives(self) -> list[str]:
        file = self._file("lives")
        return file.read_text().split() if file.exists() else []

    def _file(self, kind: str) -> Path:
        return self.premises.folder / f"{self.name}.{kind}"

    def _forget_ops_port(self) -> None:
        """It keeps its port: every life is told the same one."""


def make_process(*arguments: Any, **named: Any) -> ServiceProcess:
    """A victim; the world outside is none."""
    process = ServiceProcess(*arguments, **named)
    return process if process.service == OUTSIDE else Victim(*arguments, **named)
