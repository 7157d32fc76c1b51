"""Services as processes: started, watched, started again when they die, and ended together."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from fleet.local.logs import Logs
from fleet.local.ports import LOOPBACK
from fleet.local.premises import Premises
from remanso.errors import RemansoError

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds before a dead process is started again; doubled each time it dies young."""
HOPELESS = 3
"""Starts in a row that may fail before we give up waiting for a process to become ready."""
YOUNG = 10.0
"""A process that lived for fewer seconds than this did not recover."""
WRONG_SETTINGS = 2
"""The exit code of a process that can never start with these settings."""
DRAIN_WITHIN = 27.0
"""Services have 25 s to finish what they do; what still runs then is killed."""


class ServiceFailed(RemansoError):
    """A service did not come up. The text ends with the last lines it said."""


@dataclass
class ServiceProcess:
    """One process of a service. It keeps its ops port when it is started again, so that its URLs stay true."""

    premises: Premises
    logs: Logs
    service: str
    index: int
    environment: Mapping[str, str]
    _process: asyncio.subprocess.Process | None = field(default=None, init=False)
    _watch: asyncio.Task[None] | None = field(default=None, init=False)
    _ops_port: int = field(default=0, init=False)
    _failures: int = field(default=0, init=False)
    """How often in a row it ended by itself without having been ready."""
    _stopping: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        return f"{self.service}-{self.index}"

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", f"services.{self.service}")

    @property
    def pid(self) -> int | None:
        """None while it is dead."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def ops_url(self) -> str | None:
        """Where it answers /healthz, /readyz and /metrics; None until it has told its port."""
        return f"http://{LOOPBACK}:{self._ops_port}" if self._learn_ops_port() else None

    def start(self) -> None:
        """Start it, and again whenever it dies, until `stop`."""
        self._stopping = False
        self._watch = asyncio.create_task(self._keep_alive(), name=f"watch {self.name}")

    async def stop(self) -> None:
        """End it politely: it gets its time to finish what it does."""
        if self._watch is None:
            return
        self._stopping = True
        if self._process and self.pid:
            self.thaw()
            await self.premises.stop(self._process, patience=DRAIN_WITHIN)
        self._watch.cancel()  # it may be between two lives
        await asyncio.wait({self._watch})

    def kill(self) -> None:
        """End it at whatever line it is. It is started again, as after any death."""
        if self.pid:
            self._send(signal.SIGKILL)

    async def end(self) -> None:
        """End it at whatever line it is, for good: until `start`."""
        self._stopping = True
        self.kill()
        if self._watch is not None:
            await asyncio.wait({self._watch}, timeout=DRAIN_WITHIN)
            self._watch.cancel()

    def freeze(self) -> None:
        """Stop it in its tracks: it keeps its connections and leases but does nothing, like a machine that hangs."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    async def is_ready(self, http: httpx.AsyncClient) -> bool:
        """Raises ServiceFailed when there is no point in asking again."""
        if self._failures >= HOPELESS or (self._watch and self._watch.done()):
            raise ServiceFailed(f"{self.name} does not start\n{self.logs.last_of(self.name)}")
        if not self.pid or not self.ops_url:
            return False
        try:
            answer = await http.get(f"{self.ops_url}/readyz")
        except httpx.TransportError:
            return False
        if answer.is_success:
            self._failures = 0
        return answer.is_success

    def _send(self, number: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(number)

    async def _keep_alive(self) -> None:
        pause = FIRST_PAUSE
        while True:
            born = time.monotonic()
            code = await self._live_once()
            if self._stopping or code == WRONG_SETTINGS:
                return
            if code > 0:
                self._failures += 1
                self._forget_ops_port()  # somebody else may have taken it meanwhile
            pause = min(pause * 2, LONGEST_PAUSE) if time.monotonic() - born < YOUNG else FIRST_PAUSE
            await asyncio.sleep(pause)

    async def _live_once(self) -> int:
        """One life, from start to death. Returns the exit code, negative for a signal."""
        self._process = process = await self.premises.start(
            *self.command,
            environment={
                **self.environment,
                "REMANSO_INSTANCE": self.name,
                "REMANSO_OPS_HOST": LOOPBACK,
                "REMANSO_OPS_PORT": str(self._ops_port),
                "REMANSO_OPS_PORT_FILE": str(self._port_file),
            },
            output=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None  # noqa: S101  (it is a pipe)
        await self.logs.follow(self.name, process.stdout)
        code = await process.wait()
        self.premises.disown("group", process.pid)
        return code

    @property
    def _port_file(self) -> Path:
        return self.premises.folder / f"{self.name}.port"

    def _learn_ops_port(self) -> int:
        if not self._ops_port:
            with contextlib.suppress(FileNotFoundError):
                self._ops_port = int(self._port_file.read_text())
        return self._ops_port

    def _forget_ops_port(self) -> None:
        self._port_file.unlink(missing_ok=True)
        self._ops_port = 0
