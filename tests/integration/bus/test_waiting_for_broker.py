"""A process that starts before its broker."""

import asyncio

import pytest

from remanso.bus import Bus


async def test_a_peer_that_closes_every_connection_is_waited_for() -> None:
    """As a port proxy does while the broker behind it boots."""
    knocks = asyncio.Semaphore(0)

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocks.release()
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        opening = asyncio.ensure_future(Bus.connect(f"amqp://127.0.0.1:{port}/", "early").__aenter__())
        for _ in range(2):
            async with asyncio.timeout(15):
                await knocks.acquire()
        assert not opening.done(), "it tries again instead of giving up"
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
