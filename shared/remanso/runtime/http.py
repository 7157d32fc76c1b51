"""An HTTP listener inside the process: uvicorn without its own signals and logs, stopped by leaving the block."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from remanso.errors import RemansoError

DRAIN_SECONDS = 5  # for requests in work; one open SSE client would otherwise keep the process alive


HEADERS_SECONDS = 10.0
"""From a request's first byte, or the connection's opening, to its last header; uvicorn itself waits for ever."""


class CannotListen(RemansoError):
    """The address is taken or not ours. The text names it."""


class _Punctual(HttpToolsProtocol):
    """Cuts connections on which headers come too slowly: each would be held open by a byte now and then."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_headers()

    def on_headers_complete(self) -> None:
        self._expect_nothing()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._expect_nothing()
        self._late = self.loop.call_later(HEADERS_SECONDS, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(uvicorn.Server):
    """Leaves signals to the process: it stops things in its own order."""

    def __init__(self, config: uvicorn.Config, farewell: float) -> None:
        super().__init__(config)
        self._farewell = farewell

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """A connection that seems idle may have a request on its way: each answer says that it is the last one."""
        for server in self.servers:
            server.close()
        self.server_state.default_headers.append((b"connection", b"close"))
        await asyncio.sleep(self._farewell)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def caller(request: HTTPConnection, proxies: int) -> str:
    """Whose request it is, where `proxies` of ours stand before us: each appends to X-Forwarded-For whom it saw.

    What stands further left anybody may have written there.
    """
    told = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if proxies and len(told) >= proxies:
        return told[-proxies]
    return request.client.host if request.client else "?"


def listen(host: str, port: int) -> socket.socket:
    """Bind now, so that a port in use is known before anything else starts. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
        raise CannotListen(f"cannot listen on {host}:{port}: {reason}") from error


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, *, farewell: float = 0.0) -> AsyncIterator[int]:
    """Answer HTTP on `host:port` inside the block; gives the bound port (for port 0).

    Leaving the block stops listening, goes on answering on connections there are for `farewell` seconds, gives
    requests in work `DRAIN_SECONDS`, then cuts. ASGI lifespan is off: what an app needs is opened around this block
    and handed to it. Raises CannotListen.
    """
    with listen(host, port) as listener:
        server = _Server(
            uvicorn.Config(
                app,
                http=_Punctual,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            ),
            farewell,
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"http:{port}")
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving
