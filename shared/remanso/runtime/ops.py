"""The ops port of a process: is it alive, is it ready, what does it count."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from remanso.runtime.http import serving
from remanso.runtime.metrics import exposition

Check = Callable[[], bool | Awaitable[bool]]

CHECK_SECONDS = 2.0

log = structlog.get_logger()


class Watched(Protocol):
    """What the ops port wants to know of its process."""

    name: str
    instance: str

    def tasks(self) -> dict[str, bool]:
        """Supervised tasks by name: running or not."""
        ...

    def checks(self) -> dict[str, Check]:
        """What must hold for this process to be given work."""
        ...


def ops_app(process: Watched) -> Starlette:
    async def healthz(_: Request) -> JSONResponse:
        tasks = process.tasks()
        return _verdict(process, all(tasks.values()), "tasks", tasks)

    async def readyz(_: Request) -> JSONResponse:
        checks = process.checks()
        results = await asyncio.gather(*(_holds(name, check) for name, check in checks.items()))
        return _verdict(process, all(results), "checks", dict(zip(checks, results, strict=True)))

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", exposition)])


@contextlib.asynccontextmanager
async def ops_server(process: Watched, host: str, port: int, port_file: Path | None) -> AsyncIterator[None]:
    """Serve the ops port inside the block and tell its number in `port_file`. Raises CannotListen."""
    async with serving(ops_app(process), host, port) as bound:
        if port_file is not None:
            _write_whole(port_file, f"{bound}\n")
        log.info("ops.listening", host=host, port=bound)
        yield


def _verdict(process: Watched, good: bool, what: str, details: dict[str, bool]) -> JSONResponse:
    body = {"ok": good, "service": process.name, "instance": process.instance, what: details}
    return JSONResponse(body, status_code=200 if good else 503)


async def _holds(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            result = check()
            return result if isinstance(result, bool) else await result
    except Exception as error:
        log.warning("ready.check_failed", check=name, error=type(error).__name__)
        return False


def _write_whole(path: Path, content: str) -> None:
    """A reader sees the old file or the new one, never half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(content)
    part.replace(path)
