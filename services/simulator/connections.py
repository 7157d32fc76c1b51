"""Cutting a TCP connection on purpose, or never answering on it, as a failing network does."""

import asyncio
import socket
import struct

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

TRANSPORT = "remanso.simulator.transport"

# Linger on, for no time: closing sends RST instead of FIN, so the peer sees "connection reset by peer".
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TransportInScope:
    """ASGI middleware: hands the application the transport of its connection, which ASGI itself has no word for.

    uvicorn's `receive` is a method of the object that holds the transport (0.54, both of its HTTP/1.1 protocols). It
    must be the outermost middleware that could wrap `receive`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        cycle = getattr(receive, "__self__", None)
        scope[TRANSPORT] = getattr(cycle, "transport", None)
        await self._app(scope, receive, send)


class Unheard(Response):
    """A response for the framework alone: its peer is gone, or was never to hear of it."""


def cut(request: Request) -> Unheard:
    """Reset the request's TCP connection at once.

    Raises `RuntimeError` when the server gives no access to its transport (an in-process test client).
    """
    transport: asyncio.Transport | None = request.scope.get(TRANSPORT)
    if transport is None:
        raise RuntimeError("this server does not let its connections be reset")
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    return Unheard(status_code=503)


async def hang(request: Request, over: asyncio.Event) -> Unheard:
    """Answer nothing until the peer goes away; once `over` is set, reset the connection of a peer still waiting."""
    gone = asyncio.create_task(_disconnected(request))
    ended = asyncio.create_task(over.wait())
    try:
        await asyncio.wait({gone, ended}, return_when=asyncio.FIRST_COMPLETED)
        return Unheard(status_code=504) if gone.done() else cut(request)
    finally:
        gone.cancel()
        ended.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
