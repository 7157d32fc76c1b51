"""`kill -9` of a launcher: what it started goes all the same."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from fleet.local.ways import wait_until

LAUNCHER = """
import asyncio, signal
from fleet.local.premises import open_premises

async def main():
    async with open_premises() as premises:
        stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        with_child = "import subprocess; subprocess.run(['sleep', '600'])"
        from sys import executable
        processes = [await premises.start(executable, "-c", code) for code in (stubborn, with_child)]
        print(premises.folder, *(process.pid for process in processes), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_nothing_outlives_a_killed_launcher() -> None:
    launcher = await asyncio.create_subprocess_exec(sys.executable, "-c", LAUNCHER, stdout=asyncio.subprocess.PIPE)
    assert launcher.stdout is not None
    folder, *pids = (await launcher.stdout.readline()).decode().split()
    started = [psutil.Process(int(pid)) for pid in pids]
    await _until(lambda: bool(started[1].children()))
    started += started[1].children()
    launcher.send_signal(signal.SIGKILL)
    await launcher.communicate()
    await _until(lambda: not any(_lives(process) for process in started))
    await _until(lambda: not Path(folder).exists())


async def _until(holds: Callable[[], bool]) -> None:
    async def asked() -> bool:
        return holds()

    await wait_until(asked, within=30, otherwise="it did not come about")


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
