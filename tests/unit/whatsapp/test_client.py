"""The Graph client against a real socket that answers, hangs, cuts or is not there."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Thread
from typing import Any

import pytest
import uvloop
from pydantic import SecretStr

from remanso.channels.whatsapp.client import GraphClient
from remanso.channels.whatsapp.errors import RefusalKind
from remanso.channels.whatsapp.outcome import Accepted, NotSent, Outcome, OutcomeUnknown, Refused
from remanso.model.outgoing import Button, Buttons, Text
from tests.support.whatsapp import CHANNEL, USER_ID, WA_ID

TOKEN = SecretStr("EAAmadeUpToken0123456789")
TEXT = "Hola Ana, el curso sale 100"
OK = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": WA_ID, "wa_id": WA_ID}],
    "messages": [{"id": "wamid.OUT1"}],
}

Answer = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request as it arrived, and the means to answer it."""

    def __init__(self, head: str, payload: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        self.head, self.payload, self.writer = head, payload, writer

    async def answer(self, status: int, body: object, headers: str = "") -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.writer.write(f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
        await self.writer.drain()


@asynccontextmanager
async def graph(answer: Answer, timeout: float = 5.0) -> AsyncIterator[tuple[GraphClient, list[Exchange]]]:
    """A client and the requests that reach a server that treats each as `answer` says."""
    requests: list[Exchange] = []
    conversations: list[asyncio.Task[None]] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(head.lower().partition("content-length: ")[2].split("\r\n")[0])
                exchange = Exchange(head, json.loads(await reader.readexactly(length)), writer)
                requests.append(exchange)
                await answer(exchange)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.append(asyncio.create_task(converse(reader, writer)))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        async with GraphClient(f"http://127.0.0.1:{port_of(server)}/graph/", "v25.0", timeout) as client:
            yield client, requests
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


def port_of(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def answering(status: int, body: object, headers: str = "") -> Answer:
    return lambda exchange: exchange.answer(status, body, headers)


def failure(code: int, **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) said Meta", "type": "OAuthException", "code": code, **more}}


async def send(client: GraphClient, recipient: str = WA_ID, quoted: str | None = None) -> Outcome:
    return await client.send(CHANNEL, TOKEN, recipient, Text(text=TEXT, quoted=quoted), "delivery-42")


async def outcome(answer: Answer, timeout: float = 5.0) -> Outcome:
    async with graph(answer, timeout) as (client, _):
        return await send(client)


async def test_a_text_goes_out_as_meta_wants_it() -> None:
    async with graph(answering(200, OK)) as (client, requests):
        assert await send(client, quoted="wamid.IN") == Accepted("wamid.OUT1", WA_ID)
    (request,) = requests
    assert request.head.startswith(f"POST /graph/v25.0/{CHANNEL}/messages HTTP/1.1\r\n")
    assert f"authorization: bearer {TOKEN.get_secret_value()}\r\n".lower() in request.head.lower()
    assert request.payload == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": WA_ID,
        "type": "text",
        "text": {"preview_url": False, "body": TEXT},
        "biz_opaque_callback_data": "delivery-42",
        "context": {"message_id": "wamid.IN"},
    }


@pytest.mark.parametrize("user_id", [USER_ID, "AR.ENT.77"])
async def test_a_user_id_is_written_to_as_recipient(user_id: str) -> None:
    accepted = {"contacts": [{"input": user_id, "user_id": user_id}], "messages": [{"id": "wamid.OUT2"}]}
    async with graph(answering(200, accepted)) as (client, requests):
        assert await send(client, user_id) == Accepted("wamid.OUT2", None)
    assert requests[0].payload["recipient"] == user_id
    assert "to" not in requests[0].payload


async def test_buttons() -> None:
    async with graph(answering(200, OK)) as (client, requests):
        buttons = Buttons(text=TEXT, buttons=(Button(id="yes", title="Sí"), Button(id="no", title="No")))
        assert await client.send(CHANNEL, TOKEN, WA_ID, buttons, "delivery-43") == Accepted("wamid.OUT1", WA_ID)
    titles = {"yes": "Sí", "no": "No"}
    replies = [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in titles.items()]
    assert requests[0].payload["interactive"] == {
        "type": "button",
        "body": {"text": TEXT},
        "action": {"buttons": replies},
    }


@pytest.mark.parametrize("typing", [True, False])
async def test_read_and_typing(typing: bool) -> None:
    async with graph(answering(200, {"success": True})) as (client, requests):
        assert await client.mark_read(CHANNEL, TOKEN, "wamid.IN", typing=typing)
    shown = {"typing_indicator": {"type": "text"}} if typing else {}
    assert requests[0].payload == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN", **shown}


async def test_read_is_best_effort() -> None:
    async with graph(answering(400, failure(131009))) as (client, _):
        assert not await client.mark_read(CHANNEL, TOKEN, "wamid.IN")
    async with GraphClient("http://127.0.0.1:1", "v25.0", 5) as client:
        assert not await client.mark_read(CHANNEL, TOKEN, "wamid.IN")


@pytest.mark.parametrize(
    ("status", "body", "code", "kind", "few"),
    [
        (400, failure(131056), 131056, RefusalKind.RETRY, False),
        (400, failure(131047), 131047, RefusalKind.RETRY, True),
        (401, failure(190), 190, RefusalKind.OPERATOR, False),
        (401, failure(0), 0, RefusalKind.OPERATOR, False),
        (503, failure(131016), 131016, RefusalKind.RETRY, False),
        (400, failure(777777, is_transient=True), 777777, RefusalKind.RETRY, True),
        (400, failure(777777), 777777, RefusalKind.PERMANENT, False),
        (500, failure(777777), 777777, RefusalKind.RETRY, True),
        (400, {"error": {"code": "131056", "error_data": "a string"}}, 131056, RefusalKind.RETRY, False),
        (404, b"<html>not here</html>", None, RefusalKind.OPERATOR, False),
        (429, b"slow down", None, RefusalKind.RETRY, True),
        (302, b"", None, RefusalKind.OPERATOR, False),
        (400, b"[]", None, RefusalKind.OPERATOR, False),
    ],
)
async def test_refusals(status: int, body: object, code: int | None, kind: RefusalKind, few: bool) -> None:
    refused = await outcome(answering(status, body))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.http_status, refused.kind, refused.tries is not None) == (code, status, kind, few)
    assert refused.detail


async def test_what_the_server_asks_for_is_heard() -> None:
    refused = await outcome(answering(429, failure(130429), "Retry-After: 7\r\n"))
    assert isinstance(refused, Refused)
    assert refused.retry_after == 7


async def test_a_refusals_detail_tells_meta_s_words_but_nobodys_secrets() -> None:
    said = (
        f"Param text['body'] too long: {TEXT} to +54 9 11 5555-0199 / {WA_ID} with {TOKEN.get_secret_value()} x"
        + "A" * 40
    )
    refused = await outcome(answering(400, failure(100, error_data={"details": said}, fbtrace_id="AbC")))
    assert isinstance(refused, Refused)
    assert "Param text['body'] too long" in refused.detail
    assert "trace AbC" in refused.detail
    for private in (TEXT, "Ana", WA_ID, "5555", TOKEN.get_secret_value(), "AAAA"):
        assert private not in refused.detail


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html>Bad Gateway</html>"),
        (500, {}),
        (503, {"error": "x"}),
        (500, failure(131000)),
        (200, b"not json"),
        (200, {"messages": []}),
    ],
)
async def test_answers_that_settle_nothing(status: int, body: object) -> None:
    assert isinstance(await outcome(answering(status, body)), OutcomeUnknown)


async def cut(exchange: Exchange) -> None:
    exchange.writer.transport.abort()


async def hang(exchange: Exchange) -> None:
    await asyncio.Event().wait()


async def dribble(exchange: Exchange) -> None:
    """A byte now and then: no single read ever times out."""
    exchange.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        exchange.writer.write(b" ")
        await exchange.writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("trouble", [cut, hang, dribble])
async def test_after_writing_the_outcome_is_unknown(trouble: Answer) -> None:
    unknown = await outcome(trouble, timeout=0.3)
    assert isinstance(unknown, OutcomeUnknown)
    assert "after writing" in unknown.reason


async def test_before_writing_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with GraphClient(f"http://127.0.0.1:{port}", "v25.0", 5) as client:
        assert await send(client) == NotSent("ConnectError before writing")
    async with GraphClient("http://no-such-host.invalid", "v25.0", 5) as client:
        assert isinstance(await send(client), NotSent)


async def test_a_handshake_that_never_ends_was_not_a_send() -> None:
    """The socket accepts, but TLS never gets its answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with GraphClient(f"https://127.0.0.1:{silent.getsockname()[1]}", "v25.0", 0.3) as client:
            assert isinstance(await send(client), NotSent)


def test_a_socket_that_is_reset_at_once_is_an_outcome_too() -> None:
    """On uvloop, as services run, httpx lets an AttributeError of the layer below it through now and then."""

    async def many(port: int) -> list[Outcome]:
        async with GraphClient(f"http://127.0.0.1:{port}", "v25.0", 5) as client:
            return [outcome for _ in range(25) for outcome in await asyncio.gather(*(send(client) for _ in range(20)))]

    with resetting_server() as port:
        outcomes = uvloop.run(many(port))
    assert {type(outcome) for outcome in outcomes} <= {NotSent, OutcomeUnknown}


@contextmanager
def resetting_server() -> Iterator[int]:
    """Accepts and resets at once; gives its port."""

    def reset_all() -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        resetting = Thread(target=reset_all)
        resetting.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        resetting.join()


@pytest.mark.parametrize("token", ["new\nline", "ñ", "tail\n"])
async def test_a_token_no_header_can_carry_does_not_leak(token: str) -> None:
    async with graph(answering(200, OK)) as (client, requests):
        refused = await client.send(CHANNEL, SecretStr(token), WA_ID, Text(text=TEXT), "d")
    assert isinstance(refused, Refused)
    assert refused.kind is RefusalKind.PERMANENT
    assert token.strip() not in refused.detail
    assert requests == []


async def test_many_at_once_share_the_client() -> None:
    async with graph(answering(200, OK)) as (client, requests):
        outcomes = await asyncio.gather(*(send(client) for _ in range(50)))
    assert outcomes == [Accepted("wamid.OUT1", WA_ID)] * 50
    assert len(requests) == 50
