"""How much a request may carry. A plain ASGI layer inside the session's: who is not signed in uploads nothing large."""

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORM = 2 << 20
"""Bytes of a form without files; the longest is a catalogue's item."""
UPLOAD = 104 << 20
"""Bytes of a form with a file. Meta takes documents up to 100 MB; rooms have narrower limits of their own."""
UPLOADING = ("/conversations/", "/clients/")
"""Where files are uploaded."""


class BodyLimits:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest, read = _largest(scope), 0
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > largest:
            await PlainTextResponse("This is too large.", 413, {"connection": "close"})(scope, receive, send)
            return

        async def receive_so_much() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > largest:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_so_much, send)


def _largest(scope: Scope) -> int:
    signed_in = bool(scope.get("session", {}).get("token"))
    return UPLOAD if signed_in and scope["path"].startswith(UPLOADING) else FORM
