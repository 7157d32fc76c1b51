"""A strict receiver of sends on a real socket, whose next answers a test decides."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from remanso.runtime.http import serving
from tests.support.school import ACCESS_TOKEN

KEYS = {"messaging_product", "recipient_type", "to", "type", "biz_opaque_callback_data"}


@dataclass(frozen=True)
class Post:
    """One request as it came in."""

    channel: str
    to: str
    text: str
    callback: str
    wamid: str
    buttons: tuple[str, ...] = ()
    """Their ids."""


@dataclass
class GraphReceiver:
    """`answers` are used up one by one; without any, everything is accepted.

    An answer is a pair (HTTP status, Meta's error code), or `SILENT`: accepted, and the connection dropped.
    """

    url: str = ""
    posts: list[Post] = field(default_factory=list)
    answers: deque[object] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by each request."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Requests wait here before they are answered; open at first."""

    well: bool = True
    """What it answers to who asks for a number's health."""
    asked: int = 0
    """How often."""

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.posts]

    async def receive(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        assert request.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"
        assert set(body) == KEYS | {body["type"]}, set(body) ^ KEYS
        channel, (text, buttons) = request.path_params["channel"], _said(body)
        answer = self.answers.popleft() if self.answers else None
        wamid = f"wamid.{uuid4().hex}"
        self.posts.append(Post(channel, body["to"], text, body["biz_opaque_callback_data"], wamid, buttons))
        self.arrived.set()
        await self.gate.wait()
        if answer is SILENT:
            return JSONResponse({"messaging_product": "whatsapp"}, 502)
        if isinstance(answer, tuple):
            status, code = answer
            return JSONResponse({"error": {"message": f"(#{code}) no", "code": code}}, status)
        contact = {"input": body["to"], "wa_id": body["to"]}
        return JSONResponse({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]})

    async def health(self, _request: Request) -> Response:
        self.asked += 1
        return JSONResponse({"status": "CONNECTED" if self.well else "BANNED"})


SILENT = object()
"""The message is taken, and a proxy's error answers for Meta: nobody can know."""


def _said(body: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The words, and the ids of the buttons below them."""
    if body["type"] == "text":
        return body["text"]["body"], ()
    interactive = body["interactive"]
    assert (body["type"], interactive["type"]) == ("interactive", "button")
    return interactive["body"]["text"], tuple(button["reply"]["id"] for button in interactive["action"]["buttons"])


@asynccontextmanager
async def graph_receiver() -> AsyncIterator[GraphReceiver]:
    receiver = GraphReceiver()
    receiver.gate.set()
    send = Route("/{version}/{channel}/messages", receiver.receive, methods=["POST"])
    app = Starlette(routes=[send, Route("/{version}/{channel}", receiver.health)])
    async with serving(app, "127.0.0.1", 0) as port:
        receiver.url = f"http://127.0.0.1:{port}"
        try:
            yield receiver
        finally:
            receiver.gate.set()
