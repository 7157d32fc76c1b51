"""One process's life: logs, ops port, signals, supervised tasks, a drained stop.

    def main() -> None:
        settings = load_settings(DebouncerSettings)
        run("debouncer", settings, lambda process: serve(process, settings))

    async def serve(process, settings):
        async with Bus.connect(…) as bus:                    # opened in order
            process.ready_when("bus", bus.healthy)
            process.supervise("sweeper", sweeper.run)
            await process.until_stopped()                    # ready from here on
                                                             # closed in reverse

Exit codes: 0 stopped by SIGTERM or SIGINT · 1 something died, or the drain took longer than `DRAIN_SECONDS` ·
2 wrong configuration.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from importlib.metadata import version
from typing import Any, NoReturn

import structlog
import uvloop

from remanso import tracing
from remanso.errors import ConfigurationError, RemansoError
from remanso.runtime import logging
from remanso.runtime.metrics import announce_build
from remanso.runtime.ops import Check, ops_server
from remanso.runtime.pushing import pusher
from remanso.runtime.settings import OpsSettings

DRAIN_SECONDS = 25.0  # a Heroku dyno is killed 30 s after SIGTERM
TASK_GRACE_SECONDS = 5.0

log = structlog.get_logger()


class Process:
    """What a service sees of the process it lives in."""

    def __init__(self, name: str, settings: OpsSettings) -> None:
        self.name = name
        self.instance = instance_name(name, settings)
        self.stopping = asyncio.Event()
        self._settings = settings
        self._exit_code = 0
        self._started = False
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._checks: dict[str, Check] = {}

    def supervise(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Run `work` beside the service until `stopping` is set; should it end before, the process stops with 1.

        After `stopping` it has `TASK_GRACE_SECONDS` to end by itself, then it is cancelled.
        """
        if name in self._tasks:
            raise ValueError(f"there is a supervised task {name!r} already")
        self._tasks[name] = asyncio.create_task(self._watch(name, work), name=name)

    def ready_when(self, name: str, check: Callable[[], bool | Awaitable[bool]]) -> None:
        """Make `/readyz` ask `check` too; one that raises or takes more than two seconds counts as no."""
        self._checks[name] = check

    async def until_stopped(self) -> None:
        """Say "everything is open" and wait for the stop; the supervised tasks have ended when this returns."""
        self._started = True
        log.info("service.started")
        await self.stopping.wait()
        await self._end_tasks(TASK_GRACE_SECONDS)

    def stop(self, exit_code: int = 0) -> None:
        """Begin the drained stop. The first exit code other than 0 stays."""
        self._exit_code = self._exit_code or exit_code
        if self.stopping.is_set():
            return
        log.info("service.stopping")
        self.stopping.set()
        _exit_hard_after(DRAIN_SECONDS)

    def tasks(self) -> dict[str, bool]:
        """Supervised tasks by name: running (or rightly ended, while stopping) or not."""
        return {name: self.stopping.is_set() or not task.done() for name, task in self._tasks.items()}

    def checks(self) -> dict[str, Check]:
        """What `/readyz` asks: the service is open and not stopping, and each of its own checks."""
        return {"started": lambda: self._started and not self.stopping.is_set(), **self._checks}

    async def live(self, serve: Callable[["Process"], Awaitable[None]]) -> int:
        """Serve until stopped; gives the exit code."""
        announce_build(self.name, self.instance)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            settings = self._settings
            with tracing.exporting(self.name, self.instance, version("remanso")):
                async with ops_server(self, settings.ops_host, settings.ops_port, settings.ops_port_file):
                    if push := pusher(self.name, self.instance, settings):
                        self.supervise("metrics push", lambda: push.run(self.stopping))
                    await self._serve(serve)
        except ConfigurationError as error:
            log.error("service.misconfigured", problem=str(error))
            self.stop(2)
        except RemansoError as error:
            log.error("service.failed", problem=f"{type(error).__name__}: {error}")
            self.stop(1)
        except Exception:
            log.exception("service.crashed")
            self.stop(1)
        finally:
            await self._end_tasks(0)
        log.info("service.stopped", code=self._exit_code)
        return self._exit_code

    async def _serve(self, serve: Callable[["Process"], Awaitable[None]]) -> None:
        """Run `serve`; a stop that comes while it is still opening things (waiting for a peer, say) cancels it."""
        work = asyncio.ensure_future(serve(self))
        stop = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            cut = not self._started and not work.done() and work.cancel()
            await asyncio.wait({work})
        finally:
            stop.cancel()
        if not (cut and work.cancelled()):
            work.result()
        if not self.stopping.is_set():
            log.error("service.ended_by_itself")
            self.stop(1)

    async def _watch(self, name: str, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            await work()
            problem = "it ended"
        except asyncio.CancelledError:
            problem = "it was cancelled"
            if self.stopping.is_set():
                raise
        except Exception as error:
            problem = f"it raised {type(error).__name__}"
            log.exception("task.died", task=name)
        if not self.stopping.is_set():
            log.error("service.lost_task", task=name, problem=problem)
            self.stop(1)

    async def _end_tasks(self, grace: float) -> None:
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def instance_name(name: str, settings: OpsSettings) -> str:
    """What tells this process from its like: in containers all have the same pid, on a host the same name."""
    return settings.instance or f"{name}-{socket.gethostname()}-{os.getpid()}"


def run(name: str, settings: OpsSettings, serve: Callable[[Process], Awaitable[None]]) -> NoReturn:
    """Be the service `name` until a signal or a failure ends it. Never returns."""
    instance = instance_name(name, settings)
    logging.configure(name, instance, level=settings.log_level, form=settings.log_format)

    async def live() -> int:
        return await Process(name, settings).live(serve)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(live())
    sys.exit(code)


def _exit_hard_after(seconds: float) -> None:
    """A thread, because the loop itself may be what hangs."""

    def exit_hard() -> None:
        log.error("service.drain_took_too_long", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, exit_hard)
    timer.daemon = True
    timer.start()
