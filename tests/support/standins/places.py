"""All places of a fleet on one port: GitHub with real git, Heroku with the bots it runs, Meta's Graph API.

The tripwire in front of them kills the process that calls: right before its n-th call is heard, or right after it was
done.
"""

import asyncio
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
from starlette.applications import Starlette
from starlette.routing import Mount

from remanso.runtime.http import serving
from services.simulator.app import create_app
from services.simulator.settings import BusinessNumber, SimulatorSettings
from services.simulator.simulator import Simulator
from tests.support.standins.github import GitHub
from tests.support.standins.heroku.platform import Heroku
from tests.support.standins.hosted import hosted

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

APP_ID, APP_SECRET, ACCESS_TOKEN = "700000000000001", "meta-app-secret-0001", "EAAmeta-access-token-0001"
WABA, NUMBER = "900000000000001", "800000000000001"


@dataclass
class Tripwire:
    """In front of all places: counts the calls of the tool under test, and kills it at the one that was ordered."""

    app: Any
    calls: list[str] = field(default_factory=list)
    at: tuple[int, str] | None = None
    group: int | None = None
    """The process group to kill."""

    def reset(self) -> None:
        self.calls.clear()
        self.at = None

    def arm(self, group: int, number: int, moment: str) -> None:
        self.reset()
        self.group, self.at = group, (number, moment)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", []))
        if scope["type"] != "http" or headers.get(b"user-agent", b"").startswith(b"facebook"):
            await self.app(scope, receive, send)
            return
        self.calls.append(f"{scope['method']} {scope['path']}")
        due = self.at is not None and len(self.calls) == self.at[0]
        if not due or self.at is None:
            await self.app(scope, receive, send)
            return
        if self.at[1] == "after":
            await self.app(scope, receive, _into_the_void)
        self._kill()
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _kill(self) -> None:
        group, self.at = self.group, None
        if group is not None:
            os.killpg(group, signal.SIGKILL)


async def _into_the_void(_: MutableMapping[str, Any]) -> None:
    """Whoever should hear it will be dead."""


@dataclass
class Places:
    url: str
    github: GitHub
    heroku: Heroku
    simulator: Simulator
    tripwire: Tripwire
    hosts: dict[str, Path]
    """Clients' folders on hosts, by client: what runs there is served at `/hosted/<client>`."""

    def environment(self) -> dict[str, str]:
        """What the tool under test is told, secrets included."""
        return {
            "REMANSO_GITHUB_API_URL": f"{self.url}/github",
            "REMANSO_GITHUB_GIT_URL": f"{self.url}/git",
            "REMANSO_HEROKU_API_URL": f"{self.url}/heroku",
            "REMANSO_GRAPH_BASE_URL": f"{self.url}/meta/graph",
            "REMANSO_FLEET_PAUSE_SECONDS": "0.02",
            "GITHUB_TOKEN": self.github.token,
            "HEROKU_API_KEY": self.heroku.token,
            "REMANSO_OPENAI_API_KEY": "sk-openai-key-0001",
        }

    def reset(self) -> None:
        """As if nobody had ever been there."""
        self.github.reset()
        self.heroku.reset()
        self.simulator.management.reset()
        self.simulator.graph.templates.reset()
        self.tripwire.calls.clear()

    @contextmanager
    def remembered(self, *folders: Path) -> Iterator[Callable[[], None]]:
        """Gives what brings GitHub, Heroku and these folders back to how they are now."""
        kept = [*folders, self.github.folder]
        with tempfile.TemporaryDirectory() as place:
            copies = [Path(place, str(number)) for number in range(len(kept))]
            for folder, copy in zip(kept, copies, strict=True):
                shutil.copytree(folder, copy, symlinks=True)
            state = deepcopy((self.github.repositories, self.heroku.apps, self.heroku.sources, self.heroku.slugs))

            def bring_back() -> None:
                for folder, copy in zip(kept, copies, strict=True):
                    shutil.rmtree(folder)
                    shutil.copytree(copy, folder, symlinks=True)
                repositories, apps, sources, slugs = deepcopy(state)
                self.github.repositories = repositories
                self.heroku.apps, self.heroku.sources, self.heroku.slugs = apps, sources, slugs
                self.tripwire.calls.clear()

            yield bring_back

    def client_secrets(self, name: str) -> dict[str, str]:
        prefix = name.upper().replace("-", "_")
        return {
            f"{prefix}_APP_SECRET": APP_SECRET,
            f"{prefix}_VERIFY_TOKEN": f"verify-token-of-{name}",
            f"{prefix}_ACCESS_TOKEN": ACCESS_TOKEN,
        }


@contextmanager
def places(folder: Path) -> Iterator[Places]:
    """Running inside the block, in a thread of their own."""
    ready: threading.Event = threading.Event()
    running: list[Places] = []
    loop = uvloop.new_event_loop()  # asyncio's own leaves Nagle on for accepted sockets: 40 ms a call
    stopping = asyncio.Event()

    async def run() -> None:
        settings = SimulatorSettings.model_validate(
            {
                "simulator_webhook_url": "http://127.0.0.1:9/",
                "simulator_app_secret": APP_SECRET,
                "simulator_verify_token": "unused",
                "simulator_access_token": ACCESS_TOKEN,
                "simulator_app_id": APP_ID,
                "simulator_numbers": [
                    BusinessNumber(
                        phone_number_id=NUMBER, display_phone_number="+54 9 11 5555-0101", waba_id=WABA, name="Test"
                    )
                ],
            }
        )
        github, heroku = GitHub(folder / "git"), Heroku()
        hosts: dict[str, Path] = {}
        async with Simulator(settings) as simulator:
            app = Starlette(
                routes=[
                    Mount("/github", github.api()),
                    Mount("/git", github.smart_http),
                    Mount("/heroku", heroku.api()),
                    Mount("/run", heroku.bots()),
                    Mount("/hosted", hosted(hosts)),
                    Mount("/meta", create_app(simulator)),
                ]
            )
            tripwire = Tripwire(app)
            async with serving(tripwire, "127.0.0.1", 0) as port:
                url = f"http://127.0.0.1:{port}"
                heroku.url = url
                running.append(Places(url, github, heroku, simulator, tripwire, hosts))
                ready.set()
                await stopping.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    if not ready.wait(30):
        raise RuntimeError("the stand-ins did not start")
    try:
        yield running[0]
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(30)
        loop.close()
    differences = [*running[0].github.published.differences, *running[0].heroku.published.differences]
    assert not differences, f"the stand-ins answered otherwise than is published: {differences[:10]}"
