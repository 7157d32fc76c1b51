import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from remanso.runtime.http import CannotListen, serving
from tests.support.waiting import eventually


async def test_a_request_in_work_is_answered_though_the_block_is_left() -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> PlainTextResponse:
        entered.set()
        await go_on.wait()
        return PlainTextResponse("done")

    async with httpx.AsyncClient() as client:
        async with serving(Starlette(routes=[Route("/", slow)]), "127.0.0.1", 0) as port:
            request = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/"))
            await entered.wait()
            asyncio.get_running_loop().call_later(0.2, go_on.set)
        assert (await request).text == "done"
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{port}/")


async def test_the_same_port_twice() -> None:
    async with serving(Starlette(), "127.0.0.1", 0) as port:
        with pytest.raises(CannotListen, match=rf"cannot listen on 127\.0\.0\.1:{port}: address already in use"):
            async with serving(Starlette(), "127.0.0.1", port):
                pass


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
async def test_an_address_that_is_not_ours(host: str) -> None:
    with pytest.raises(CannotListen, match=f"cannot listen on {host}:0"):
        async with serving(Starlette(), host, 0):
            pass


async def test_a_kept_connection_is_answered_once_more_and_told_to_go() -> None:
    """A graceful stop resets nobody: what is on its way on an open connection gets its answer."""

    async def hello(_: Request) -> PlainTextResponse:
        return PlainTextResponse("hola")

    async with AsyncExitStack() as leaving, httpx.AsyncClient() as client:
        app = Starlette(routes=[Route("/", hello)])
        port = await leaving.enter_async_context(serving(app, "127.0.0.1", 0, farewell=2.0))
        assert "connection" not in (await client.get(f"http://127.0.0.1:{port}/")).headers
        closing = asyncio.create_task(leaving.aclose())
        await eventually(lambda: turns_away(port))
        last = await client.get(f"http://127.0.0.1:{port}/")
        assert (last.text, last.headers["connection"]) == ("hola", "close")
        await closing


async def turns_away(port: int) -> bool:
    """Whether newcomers are refused."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False
