"""The tool under test as its operator runs it: a process of its own, in a folder with an inventory and a client.

Processes are forked from a server that has imported all of it once: a kill test runs it hundreds of times.
"""

import contextlib
import io
import json
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from tests.support.standins.github import OWNER
from tests.support.standins.heroku.apps import TEAM
from tests.support.standins.places import APP_ID, Places

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["fleet.cli", "copier", "nacl.public", "keyring", "tests.support.provisioning"])

INVENTORY = f"""
[defaults.github]
owner = "{OWNER}"
secrets = ["REMANSO_READ_TOKEN"]

[defaults.heroku]
team = "{TEAM}"
pipeline = "fleet"
drain = "LOG_DRAIN_URL"
config = {{ REMANSO_LOG_LEVEL = "INFO" }}

[defaults.meta]
app_id = "{APP_ID}"
"""
OPERATORS_SECRETS = {
    "REMANSO_READ_TOKEN": "ghp_read-token-0001",
    "LOG_DRAIN_URL": "https://drain:drain-password-0001@logs.example/in",
}


class Trap(Protocol):
    """Something on the tool's way to the outside that can kill it."""

    @property
    def calls(self) -> Sequence[str]: ...
    def arm(self, group: int, number: int, moment: str) -> None: ...
    def reset(self) -> None:
        """Nobody is killed, and no call was made."""


@dataclass(frozen=True)
class Ended:
    """`code` is None where the process was killed."""

    code: int | None
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


@dataclass
class Operator:
    """Runs `remanso …` in `folder`."""

    folder: Path
    environment: Mapping[str, str]
    places: Places
    runs: list[Ended] = field(default_factory=list)

    def run(
        self,
        *words: str,
        kill: tuple[int, str] | None = None,
        trap: Trap | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """`kill`: at which call to the outside, and whether `before` it is heard or `after` it was done. The calls are
        those that `trap` sees: HTTP where it is left out."""
        ours, theirs = FORKS.Pipe()
        told = {**self.environment, **(env or {})}
        child = FORKS.Process(target=_be_the_command, args=(theirs, self.folder, told, words, kill is not None))
        child.start()
        theirs.close()
        if kill is not None:
            ours.recv()  # it leads its own group now, and waits
            (trap or self.places.tripwire).arm(child.pid or 0, *kill)
            ours.send("go")
        with contextlib.suppress(EOFError, ConnectionResetError):
            ended = Ended(*ours.recv())
            child.join()
            self.runs.append(ended)
            return ended
        child.join()
        self.runs.append(Ended(None, "", ""))
        return self.runs[-1]

    def create(self, name: str, **answers: str) -> Path:
        flags = [word for key, value in answers.items() for word in (f"--{key.replace('_', '-')}", value)]
        ended = self.run("clients", "create", name, "--yes", *flags)
        assert ended.code == 0, ended.err
        return self.folder / name


def operator(folder: Path, places: Places, *clients: str, meta: bool = True) -> Operator:
    """An operator who may do everything, with an inventory that has no client yet."""
    inventory = INVENTORY if meta else INVENTORY.partition("[defaults.meta]")[0]
    (folder / "fleet.toml").write_text(inventory)
    secrets = {key: value for client in clients for key, value in places.client_secrets(client).items()}
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        **places.environment(),
        **OPERATORS_SECRETS,
        **secrets,
    }
    return Operator(folder, environment, places)


def _be_the_command(
    result: Connection, folder: Path, environment: Mapping[str, str], words: tuple[str, ...], wait: bool
) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if wait:
        result.send("ready")
        result.recv()  # until the tripwire is armed
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = _command(words)
    result.send((code, out.getvalue(), err.getvalue()))


def _command(words: tuple[str, ...]) -> int:
    from fleet.cli import main

    sys.argv = ["remanso", *words]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
