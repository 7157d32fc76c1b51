"""The ingress under test: its clients, and webhooks signed as Meta signs them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from remanso.bus.bus import Bus
from remanso.channels.whatsapp.signature import HEADER, sign
from remanso.events import Envelope, decode
from remanso.plugin.registry import Registry, load_clients
from remanso.runtime.http import serving
from services.ingress.app import create_app
from tests.support.clients import ROOT
from tests.support.rabbitmq import Broker

GENERIC = "/webhooks/whatsapp"
SECRET = "made-up-secret"
SECRETS = {
    "EMPRENDEMY_APP_SECRET": SECRET,
    "EMPRENDEMY_APP_SECRET_PREVIOUS": "secret-of-last-week",
    "EMPRENDEMY_VERIFY_TOKEN": "emprendemy verifies",
    "SECOND_APP_SECRET": "second-secret",
    "SECOND_VERIFY_TOKEN": "second verifies",
    "SISTER_APP_SECRET": SECRET,
    "SISTER_VERIFY_TOKEN": "sister verifies",
}
NUMBERS = {"emprendemy": "800000000000001", "second": "800000000000002", "sister": "800000000000003"}
"""`second` has a Meta app of its own, `sister` shares Emprendemy's."""


def lay_out(folder: Path, *names: str) -> Path:
    """A client.toml for each of `names`, made from Emprendemy's."""
    text = (ROOT / "clients" / "emprendemy" / "client.toml").read_text()
    for name in names:
        (folder / name).mkdir(parents=True)
        own = text.replace("EMPRENDEMY", name.upper()).replace('name = "emprendemy"', f'name = "{name}"')
        (folder / name / "client.toml").write_text(own.replace(NUMBERS["emprendemy"], NUMBERS[name]))
    return folder


def registry_of(folder: Path, *names: str) -> Registry:
    registry = load_clients(
        lay_out(folder, *names), with_tools=False, needs=("app_secret", "verify_token"), environ=SECRETS
    )
    assert registry.broken == {}
    return registry


class Ingress:
    """A running ingress, called as Meta calls it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(self, webhook: Any, *, path: str = GENERIC, secret: str = SECRET) -> int:
        """Sign and deliver `webhook` (an object, or raw bytes); gives the status."""
        body = webhook if isinstance(webhook, bytes) else json.dumps(webhook).encode()
        headers = {HEADER: sign(SecretStr(secret), body), "Content-Type": "application/json"}
        return (await self.http.post(path, content=body, headers=headers)).status_code


@asynccontextmanager
async def ingress(registry: Registry, amqp_url: str) -> AsyncIterator[Ingress]:
    """The app on a real port, with a real bus behind it."""
    async with (
        Bus.connect(amqp_url, "ingress-under-test") as bus,
        serving(create_app(registry, bus.publisher), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
    ):
        yield Ingress(http)


async def events_in(broker: Broker, queue: str) -> list[Envelope]:
    """Every envelope that lies in `queue`, taken out."""
    envelopes = [envelope for message in await broker.take_all(queue) for envelope in decode(message.body)]
    assert all(isinstance(envelope, Envelope) for envelope in envelopes)
    return [envelope for envelope in envelopes if isinstance(envelope, Envelope)]
