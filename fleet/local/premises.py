"""The premises of one local stack: a temporary folder and all that runs there.

Whatever is started through `Premises` is gone when it closes, and also when the launcher is killed: a janitor process
(`fleet.local.janitor`) keeps the list.
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fleet.local import janitor
from fleet.local.ways import WayUnavailable


@dataclass(frozen=True)
class Account:
    """Who a server runs as."""

    name: str
    uid: int
    gid: int


@dataclass
class Premises:
    """Open with `open_premises`."""

    folder: Path
    notes: asyncio.StreamWriter

    def own(self, kind: str, name: object) -> None:
        """Have it removed if we are killed. `kind`: `group`, `container` or `folder`."""
        self._note("+", kind, name)

    def disown(self, kind: str, name: object) -> None:
        """It is gone: nothing is to be done for it any more."""
        self._note("-", kind, name)

    def _note(self, sign: str, kind: str, name: object) -> None:
        self.notes.write(f"{sign} {kind} {name}\n".encode())

    def room(self, name: str, account: Account | None = None) -> Path:
        """A new folder nobody else may enter, the account's own if one is given."""
        room = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        if account:
            os.chown(room, account.uid, account.gid)
        return room

    async def start(
        self,
        *command: str | Path,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        folder: Path | None = None,
        output: IO[bytes] | int | None = None,
    ) -> asyncio.subprocess.Process:
        """Start a program as the head of its own process group. `output` takes both streams; none by default."""
        rights = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL if output is None else output,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            cwd=folder or self.folder,
            start_new_session=True,
            **rights,  # type: ignore[arg-type]
        )
        self.own("group", process.pid)
        return process

    async def stop(
        self, process: asyncio.subprocess.Process, *, by: signal.Signals = signal.SIGTERM, patience: float = 5.0
    ) -> None:
        """End a program started here: politely first, and its whole group for certain after `patience` seconds."""
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(by)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()
        janitor.signal_group(process.pid, signal.SIGKILL)
        await process.wait()
        self.disown("group", process.pid)

    async def run(
        self,
        *command: str | Path,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        folder: Path | None = None,
    ) -> tuple[int, str]:
        """Run a program to its end. Returns its exit code and what it said."""
        with tempfile.TemporaryFile() as output:
            process = await self.start(*command, environment=environment, account=account, folder=folder, output=output)
            try:
                code = await process.wait()
            finally:
                await self.stop(process)
            output.seek(0)
            return code, output.read().decode(errors="replace").strip()


@asynccontextmanager
async def open_premises() -> AsyncIterator[Premises]:
    folder = _temporary_folder()
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-P", janitor.__file__, stdin=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert keeper.stdin is not None  # noqa: S101  (it is a pipe)
    premises = Premises(folder, keeper.stdin)
    premises.own("folder", folder)
    try:
        yield premises
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        premises.disown("folder", folder)
        keeper.stdin.close()
        with contextlib.suppress(ConnectionError):
            await keeper.stdin.wait_closed()  # else the pipe is closed by the next round of a loop that may be the last
        await keeper.wait()


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="remanso-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # servers without root's rights pass through to their own rooms
    return folder


def unprivileged_account(*preferred: str) -> Account | None:
    """The account a server runs as when we are root: the first of `preferred` there is, else `nobody`.

    None when we are not root: the server then runs as ourselves.
    """
    if os.geteuid() != 0:
        return None
    for name in (*preferred, "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise WayUnavailable("we are root and there is no account without rights to run it as")


def end_of(log: Path) -> str:
    """The last words of a program that ended when it should not have."""
    return log.read_text(errors="replace")[-500:].strip()
