"""An HTTP listener inside the process: uvicorn without its own signals and logs, stopped by leaving the block."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from remanso.errors import RemansoError

DRAIN_SECONDS = 5  # for requests in work; one open SSE client would otherwise keep the process alive


class CannotListen(RemansoError):
    """The address is taken or not ours. The text names it."""


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
