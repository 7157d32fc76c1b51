"""`python -m fleet.web ingress console`: the HTTP of several services behind one port, in one process.

Platforms like Heroku give an app one public port, and that to one process. The services know nothing of each other:
each opens what it needs and gives an app; only here is it known that they are neighbours (decision 30).
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from remanso.errors import ConfigurationError
from remanso.runtime.http import serving
from remanso.runtime.process import Process, run
from remanso.runtime.settings import OpsSettings, Port, load_settings
from services.collector import app as collector
from services.collector.settings import CollectorSettings
from services.console import serve as console
from services.console.settings import ConsoleSettings
from services.ingress import app as ingress
from services.ingress.settings import IngressSettings


class WebSettings(OpsSettings):
    http_host: str = "0.0.0.0"  # noqa: S104 - the platform's router calls from outside
    http_port: Port = 8000


@dataclass(frozen=True)
class Room:
    """A service behind the shared port: what its paths begin with, and how it is opened."""

    paths: tuple[str, ...]
    settings: type[OpsSettings]
    opened: Callable[[Process, Any], AbstractAsyncContextManager[ASGIApp]]


ROOMS: Mapping[str, Room] = {
    "ingress": Room(("/webhooks/", "/readyz"), IngressSettings, ingress.opened),
    "collector": Room(("/collector/", "/readyz"), CollectorSettings, collector.opened),
    "console": Room(("/",), ConsoleSettings, console.opened),
}
"""In the order in which a path is looked for: the console takes what nobody else does."""


class Front:
    """Hands a request to the first room whose paths it begins with. Streams and bodies pass as they are."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._ways = [(path, apps[name]) for name, room in ROOMS.items() if name in apps for path in room.paths]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = next((app for path, app in self._ways if scope["path"].startswith(path)), _nobody)
        await app(scope, receive, send)


async def _nobody(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def serve(process: Process, settings: WebSettings, rooms: Mapping[str, OpsSettings]) -> None:
    """Be all `rooms` until the process is told to stop; they are closed in the reverse order."""
    async with AsyncExitStack() as stack:
        apps = {name: await stack.enter_async_context(ROOMS[name].opened(process, own)) for name, own in rooms.items()}
        front = serving(Front(apps), settings.http_host, settings.http_port, farewell=ingress.FAREWELL_SECONDS)
        await stack.enter_async_context(front)
        await process.until_stopped()


def chosen(names: list[str]) -> list[str]:
    """The rooms that are asked for, in the order of ROOMS. Raises ConfigurationError."""
    unknown = set(names) - ROOMS.keys()
    if unknown or not names:
        raise ConfigurationError(f"name one or more of {', '.join(ROOMS)}; got {' '.join(names) or 'nothing'}")
    return [name for name in ROOMS if name in names]


def main(names: list[str]) -> None:
    """Never returns."""
    try:
        asked = chosen(names)
    except ConfigurationError as problem:
        sys.exit(f"fleet.web: {problem}")
    rooms = {name: load_settings(ROOMS[name].settings) for name in asked}
    settings = load_settings(WebSettings)
    run("web", settings, lambda process: serve(process, settings, rooms))


if __name__ == "__main__":
    main(sys.argv[1:])
