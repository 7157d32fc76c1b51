"""A client's repository run as Heroku runs it: each line of the Procfile in a shell and a process group of its own."""

import asyncio
import os
import re
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 30.0
"""Seconds from SIGTERM to SIGKILL."""


@dataclass
class App:
    """`config` are its config vars; nothing else of this machine's settings is seen."""

    folder: Path
    config: Mapping[str, str]
    dynos: dict[str, Process] = field(default_factory=dict)

    def procfile(self) -> dict[str, str]:
        return dict(re.findall(r"^([\w-]+): (.+)$", (self.folder / "Procfile").read_text("utf-8"), re.MULTILINE))

    async def run(self, kind: str, **more: str) -> Process:
        """The first dyno of this type, started."""
        environment = {
            "HOME": str(self.folder),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DYNO": f"{kind}.1",
            **self.config,
            **more,
        }
        command = self.procfile()[kind]
        dyno = await asyncio.create_subprocess_shell(
            command, cwd=self.folder, env=environment, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
        )
        self.dynos[f"{kind}.1"] = dyno
        return dyno

    async def stop(self, name: str) -> float:
        """SIGTERM to every process of the dyno, as Heroku does; the seconds until all ended. Raises TimeoutError."""
        dyno, started = self.dynos.pop(name), time.monotonic()
        os.killpg(dyno.pid, signal.SIGTERM)
        async with asyncio.timeout(GRACE):
            await dyno.wait()
        return time.monotonic() - started

    def kill(self, name: str) -> None:
        """SIGKILL to every process of the dyno; nobody starts it again here."""
        os.killpg(self.dynos[name].pid, signal.SIGKILL)


@asynccontextmanager
async def heroku_app(folder: Path, config: Mapping[str, str]) -> AsyncIterator[App]:
    """Whatever still runs after the block is killed."""
    app = App(folder, config)
    try:
        yield app
    finally:
        for dyno in app.dynos.values():
            if dyno.returncode is None:
                os.killpg(dyno.pid, signal.SIGKILL)
                await dyno.wait()
