"""Cleans up after a launcher that was killed: a small process that outlives it.

The launcher writes to the janitor's standard input what must not be left behind, one line each: `+ group 4711` when it
comes to be, `- group 4711` once the launcher ended it itself. Kinds: `group` (a process group), `container` (of the
Docker engine), `folder`. When the pipe closes, whether by a tidy end or by `kill -9`, what is still on the list goes.
Unlike a parent-death signal this also covers grandchildren, containers and files, and works outside Linux.

The file is run by its path and imports only the standard library at its top: it has to start fast and work anywhere.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 5.0
"""Seconds that whatever was asked to go has for going."""


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # whoever interrupts the launcher must not interrupt the cleaning
    sweep_up(listen(sys.stdin))


def listen(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Follow the launcher's notes to their end. Returns what is left, as (kind, name), oldest first."""
    left: dict[tuple[str, str], None] = {}
    for line in lines:
        if not line.endswith("\n"):
            break  # the launcher was killed in the middle of a word
        sign, kind, name = line.rstrip("\n").split(" ", 2)
        if sign == "+":
            left[kind, name] = None
        else:
            left.pop((kind, name), None)
    return list(left)


def sweep_up(left: list[tuple[str, str]]) -> None:
    """Newest first, and folders last: a server that is still ending writes to its folder."""
    end_groups([int(name) for kind, name in reversed(left) if kind == "group"])
    remove_containers([name for kind, name in reversed(left) if kind == "container"])
    for kind, name in left:
        if kind == "folder":
            remove_folder(name)


def end_groups(groups: list[int]) -> None:
    asked = [group for group in groups if signal_group(group, signal.SIGTERM)]
    for group in still_there(asked):
        signal_group(group, signal.SIGKILL)
    still_there(asked)


def still_there(groups: list[int]) -> list[int]:
    """Wait for these groups to end. Returns those that did not within `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while (groups := [group for group in groups if signal_group(group, 0)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return groups


def remove_folder(name: str) -> None:
    """Until it is gone: a process in its last moment may still put a file there."""
    deadline = time.monotonic() + PATIENCE
    while Path(name).exists() and time.monotonic() < deadline:
        shutil.rmtree(name, ignore_errors=True)


def signal_group(group: int, number: int) -> bool:
    """Whether the group was there to be signalled."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def remove_containers(names: list[str]) -> None:
    if not names:
        return
    import docker  # type: ignore[import-untyped]

    for name in names:
        with contextlib.suppress(docker.errors.DockerException):
            docker.from_env().containers.get(name).remove(force=True, v=True)


if __name__ == "__main__":
    main()
