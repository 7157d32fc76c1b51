"""A business's own system on a real socket: hears webhooks, checks their signatures, answers as a test decides."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from remanso.runtime.http import serving


@dataclass(frozen=True)
class Heard:
    """One request. `signed_by` are those of the known secrets that signed it."""

    id: str
    body: dict[str, Any]
    signed_by: tuple[str, ...]
    headers: dict[str, str]

    @property
    def type(self) -> str:
        return str(self.body["type"])


@dataclass
class WebhookReceiver:
    """`answers` are used up one by one; without any, 204. Requests wait at the `gate`, open at first."""

    url: str = ""
    secrets: list[str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    answers: deque[int] = field(default_factory=deque)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.heard]

    async def receive(self, request: Request) -> Response:
        raw, sent = await request.body(), dict(request.headers)
        status = self.answers.popleft() if self.answers else 204
        assert abs(int(sent["webhook-timestamp"]) - time.time()) < 60
        signed = tuple(secret for secret in self.secrets if _signs(secret, sent, raw))
        self.heard.append(Heard(sent["webhook-id"], json.loads(raw), signed, sent))
        self.arrived.set()
        await self.gate.wait()
        return Response(status_code=status, headers={"location": "http://127.0.0.1:1/"} if status // 100 == 3 else {})


def _signs(secret: str, sent: dict[str, str], raw: bytes) -> bool:
    """By the scheme's own words, apart from our code."""
    content = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.{raw.decode()}"
    key = base64.b64decode(secret[len("whsec_") :])
    expected = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in sent["webhook-signature"].split(" ")


@asynccontextmanager
async def webhook_receiver() -> AsyncIterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    receiver.gate.set()
    app = Starlette(routes=[Route("/hooks", receiver.receive, methods=["POST"])])
    async with serving(app, "127.0.0.1", 0) as port:
        receiver.url = f"http://127.0.0.1:{port}/hooks"
        try:
            yield receiver
        finally:
            receiver.gate.set()
