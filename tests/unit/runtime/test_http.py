import asyncio
import contextlib
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from remanso.runtime import http
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
    except ConnectionError:  # refused, or reset with the listener in whose queue it stood
        return True
    writer.close()
    return False


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "], ids=["nothing", "half"])
async def test_headers_that_do_not_come_are_not_waited_for(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEADERS_SECONDS", 0.3)
    async with serving(Starlette(), "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()


async def test_a_byte_now_and_then_keeps_no_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a first request that was answered."""
    monkeypatch.setattr(http, "HEADERS_SECONDS", 0.5)
    async with serving(Starlette(), "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"404" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                while not reader.at_eof():
                    writer.write(b"a")
                    await asyncio.sleep(0.1)
                    await writer.drain()
        writer.close()


def test_who_calls_is_whom_our_own_proxies_saw() -> None:
    def request(forwarded: str) -> Request:
        headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        return Request({"type": "http", "headers": headers, "client": ("10.0.0.9", 1)})

    assert http.caller(request("6.6.6.6, 1.2.3.4"), 0) == "10.0.0.9"
    assert http.caller(request("6.6.6.6, 1.2.3.4"), 1) == "1.2.3.4"
    assert http.caller(request("6.6.6.6, 1.2.3.4, 10.0.0.1"), 2) == "1.2.3.4"
    assert http.caller(request(""), 1) == "10.0.0.9"
