"""Servers in containers, where a Docker engine answers and the image can be had.

Testcontainers starts them. Its own cleaning container (Ryuk) is switched off: it would be a third image to pull, and
our janitor already cleans up after a launcher that was killed.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from threading import Thread
from typing import Any

from fleet.local.premises import Premises
from fleet.local.ways import Tell, WayUnavailable

DEFAULT_ENGINE = "unix:///var/run/docker.sock"
ANSWER_WITHIN = 5
"""Seconds an engine has to answer."""
SILENCE_UP_TO = 30.0
"""Seconds a pull may go without a sign of progress: with a registry that cannot be reached there is none."""
PULL_WITHIN = 900.0
"""Seconds a pull may take altogether."""


@dataclass(frozen=True)
class Container:
    """A running container. `address` maps the port inside to (host, port) as seen from here."""

    address: Mapping[int, tuple[str, int]]
    running: Any

    async def succeeds(self, *command: str) -> bool:
        """Whether a command run inside ends well."""
        result = await asyncio.to_thread(self.running.exec, list(command))
        return bool(result.exit_code == 0)


@asynccontextmanager
async def container(
    premises: Premises,
    image: str,
    tell: Tell,
    *,
    ports: tuple[int, ...],
    environment: Mapping[str, str],
    command: str = "",
) -> AsyncIterator[Container]:
    """Run `image` until the block ends. Raises WayUnavailable when there is no engine or no image."""
    await _have_image(image, tell)
    starting = asyncio.create_task(asyncio.to_thread(_start, image, ports, environment, command))
    try:
        running = await asyncio.shield(starting)
        premises.own("container", running.get_container_id())
        yield Container(await asyncio.to_thread(_addresses, running, ports), running)
    finally:
        running = await starting  # an interrupted start is carried to its end: half a container is nobody's
        await asyncio.to_thread(running.stop)
        premises.disown("container", running.get_container_id())


def _start(image: str, ports: tuple[int, ...], environment: Mapping[str, str], command: str) -> Any:
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    testcontainers_config.ryuk_disabled = True
    running = DockerContainer(image, command=command or None, env=dict(environment), ports=list(ports))
    try:
        return running.start()
    except _docker().errors.APIError as error:
        running.stop()
        raise WayUnavailable(f"{image} does not start: {_first_line(error)}") from None


def _addresses(running: Any, ports: tuple[int, ...]) -> dict[int, tuple[str, int]]:
    host = running.get_container_host_ip()
    return {port: (host, running.get_exposed_port(port)) for port in ports}


def _docker() -> Any:
    """The engine's library: an optional part of this distribution. Raises WayUnavailable without it."""
    try:
        return import_module("docker")
    except ImportError:
        raise WayUnavailable("testcontainers is not installed (pip install 'remanso[local]')") from None


async def _have_image(image: str, tell: Tell) -> None:
    """Make sure the engine has the image, pulling it where it has not. Raises WayUnavailable."""
    docker = _docker()
    try:
        _knock(os.environ.get("DOCKER_HOST", DEFAULT_ENGINE))
        client = await asyncio.to_thread(docker.from_env, timeout=ANSWER_WITHIN)
    except (docker.errors.DockerException, OSError):
        raise WayUnavailable("no Docker engine answers") from None
    try:
        await asyncio.to_thread(client.ping)
        if not await asyncio.to_thread(client.images.list, name=image):
            tell(f"pulling {image}")
            await _pull(client, image)
    except (docker.errors.DockerException, OSError) as error:
        raise WayUnavailable(f"{image} cannot be had: {_first_line(error)}") from None
    finally:
        client.close()


def _knock(engine: str) -> None:
    """Raises OSError when nobody listens at the engine's socket: the library would leave its own half open then."""
    scheme, _, path = engine.partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(ANSWER_WITHIN)
            knocking.connect(path)


async def _pull(client: Any, image: str) -> None:
    """Pull in a thread of its own, which is left behind when it shows no progress for too long."""
    events: asyncio.Queue[Mapping[str, Any] | Exception | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def note(event: Mapping[str, Any] | Exception | None) -> None:
        loop.call_soon_threadsafe(events.put_nowait, event)

    def pull() -> None:
        try:
            for event in client.api.pull(image, stream=True, decode=True):
                note(event)
            note(None)
        except Exception as error:
            note(error)

    Thread(target=pull, daemon=True, name=f"pull {image}").start()
    try:
        async with asyncio.timeout(PULL_WITHIN):
            while (event := await asyncio.wait_for(events.get(), SILENCE_UP_TO)) is not None:
                if isinstance(event, Exception):
                    raise event
                if "error" in event:
                    raise WayUnavailable(f"{image} cannot be had: {event['error']}")
    except TimeoutError:
        raise WayUnavailable(f"{image} cannot be had: the pull came to a standstill") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
