"""A TCP proxy in front of real servers that can be told to misbehave: delay, stall, abandon, cut, refuse, vanish."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class TcpProxy:
    """Forwards to one of `targets`, in turn, passing over those that refuse. `delay`: seconds per chunk, both ways."""

    def __init__(self, host: str, port: int) -> None:
        self.delay = 0.0
        self.port = 0
        self.knocks = 0
        """Connections that came, also those that were refused."""
        self.targets = [(host, port)]
        self._server: asyncio.Server | None = None
        self._flowing = _flowing()
        self._abandoned: list[asyncio.Event] = []
        self._refusing = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._handling: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """On `port`, a free one the first time."""
        self._server = await asyncio.start_server(self.accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def vanish(self) -> None:
        """Reset every connection; nobody listens any more, until `listen`."""
        if self._server:
            self._server.close()
        self.cut()

    def stall(self) -> None:
        """Keep connections open and let nothing through: a peer that hangs."""
        self._flowing.clear()

    def flow(self) -> None:
        """Forward again, and accept connections again."""
        self._refusing = False
        self._flowing.set()

    def abandon(self) -> None:
        """Half-open: what is connected now stays so and never hears anything again; new connections are served."""
        self._flowing.clear()
        self._abandoned.append(self._flowing)
        self._flowing = _flowing()

    def cut(self) -> None:
        """Reset every connection; new ones are welcome."""
        for writer in self._writers:
            writer.transport.abort()

    def refuse(self) -> None:
        """Reset every connection, and each new one at once."""
        self._refusing = True
        self.cut()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.knocks += 1
        task = asyncio.create_task(self._handle(reader, writer))
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)

    async def close(self) -> None:
        """Reset everything and wait until it has ended."""
        self.vanish()
        self.flow()
        for event in self._abandoned:
            event.set()
        self.refuse()
        await asyncio.gather(*self._handling, return_exceptions=True)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached = None if self._refusing else await self._reach()
        if reached is None:
            writer.transport.abort()
            return
        server_reader, server_writer = reached
        self._writers |= {writer, server_writer}
        flowing = self._flowing
        try:
            await asyncio.gather(self._pump(reader, server_writer, flowing), self._pump(server_reader, writer, flowing))
        finally:
            for end in (writer, server_writer):
                end.transport.abort()
                self._writers.discard(end)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to the next server that takes it; None when none does."""
        for _ in self.targets:
            target = self.targets.pop(0)
            self.targets.append(target)
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(*target)
        return None

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65536):
                await asyncio.sleep(self.delay)
                await flowing.wait()
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()


def _flowing() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@contextlib.asynccontextmanager
async def tcp_proxy(host: str, port: int) -> AsyncIterator[TcpProxy]:
    """A proxy on a free port of this machine, gone with its connections at the end of the block."""
    proxy = TcpProxy(host, port)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.close()


def proxy_for(url: str) -> contextlib.AbstractAsyncContextManager[TcpProxy]:
    """A proxy in front of the server that `url` names."""
    parts = urlsplit(url)
    return tcp_proxy(parts.hostname or "", parts.port or 5672)


def through(proxy: TcpProxy, url: str) -> str:
    """`url` by way of the proxy."""
    parts = urlsplit(url)
    return url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{proxy.port}")
