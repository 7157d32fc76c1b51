"""Clients that change while the stack runs: whoever reads what has changed starts anew, politely."""

import asyncio
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from fleet.local.processes import ServiceFailed
from fleet.local.stack import LocalStack
from remanso.errors import ConfigurationError
from remanso.plugin.config import read_config

EVERY_SECONDS = 0.5
READERS = ("ingress", "debouncer", "agent", "sender", "console")
"""Services that read client.toml. Packages, prompts and seeds are the agent's alone."""
_PASSED_OVER = frozenset({"tests", "__pycache__", "node_modules"})

State = Mapping[Path, tuple[int, int]]
"""Each file's time of change (ns) and size."""


async def reload_on_change(stack: LocalStack, served: State) -> None:
    """Watches the clients' folders for ever; `served` is what the stack was started with.

    A change is taken up once two looks in a row have found the same: by then nobody is still writing.
    """
    last = served
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        now = await asyncio.to_thread(look_at, stack.clients_dir)
        if now == last and now != served:
            await _take_up(stack, changes(served, now))
            served = now
        last = now


def changes(before: State, after: State) -> list[Path]:
    """Files that came, went, or are not what they were."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def readers(changed: Collection[Path]) -> tuple[str, ...]:
    """The services that have to read these files again."""
    return READERS if any(path.name == "client.toml" for path in changed) else ("agent",)


def look_at(directory: Path) -> State:
    """What lies in the clients' folders below `directory`, but for their tests and what is hidden."""
    return dict(_files(directory))


def _files(directory: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for client in (path.parent.resolve() for path in directory.glob("*/client.toml")):
        for folder, folders, names in os.walk(client):
            folders[:] = [name for name in folders if name not in _PASSED_OVER and not name.startswith(".")]
            for path in (Path(folder, name) for name in names):
                try:
                    found = path.stat()
                except FileNotFoundError:  # an editor's file of a moment
                    continue
                yield path, (found.st_mtime_ns, found.st_size)


async def _take_up(stack: LocalStack, changed: Collection[Path]) -> None:
    """One line on what became of a change. A client.toml that is broken leaves everything as it was."""
    names = ", ".join(sorted({path.name for path in changed}))
    try:
        for path in changed:
            if path.name == "client.toml" and path.exists():
                read_config(path)
        services = readers(changed)
        await _restart(stack, services)
    except (ConfigurationError, ServiceFailed) as problem:
        stack.progress.tell(f"{names} changed: {problem}")
    else:
        stack.progress.tell(f"{names} changed: {', '.join(services)} restarted")


async def _restart(stack: LocalStack, services: Collection[str]) -> None:
    processes = [(name, index) for name in services for index in range(len(stack.processes[name]))]
    await asyncio.gather(*(stack.restart(name, index) for name, index in processes))
    await stack.wait_ready()
