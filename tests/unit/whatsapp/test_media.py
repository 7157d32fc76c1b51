"""The media client against a real socket: what is a file, what is a reason, and where the token may go."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from remanso.channels.whatsapp.media import File, MediaClient, Missing, NoFile, as_hex
from remanso.runtime.http import serving
from tests.support.whatsapp import CHANNEL

TOKEN = SecretStr("EAAmadeUpToken0123456789")
CONTENT = b"OggS and so on"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Host:
    """Graph and its download host in one. `answers` and `files` are used up first; then all is well."""

    url: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    answers: list[Response] = field(default_factory=list)
    files: list[Response] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def about(self, request: Request) -> Response:
        self.asked.append(f"about?{request.url.query}")
        assert request.headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"
        if self.answers:
            return self.answers.pop(0)
        return JSONResponse(
            {
                "messaging_product": "whatsapp",
                "id": request.path_params["media_id"],
                "url": f"{self.url}/lookaside?mid=1",
                "mime_type": "audio/ogg; codecs=opus",
                "sha256": DIGEST,
                "file_size": len(CONTENT),
            }
            | self.told
        )

    async def file(self, request: Request) -> Response:
        self.asked.append("file")
        assert request.headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"
        return self.files.pop(0) if self.files else Response(CONTENT)


@asynccontextmanager
async def host() -> AsyncIterator[tuple[Host, MediaClient]]:
    meta = Host()
    app = Starlette(routes=[Route("/graph/v25.0/{media_id}", meta.about), Route("/lookaside", meta.file)])
    async with serving(app, "127.0.0.1", 0) as port:
        meta.url = f"http://127.0.0.1:{port}"
        async with MediaClient(f"{meta.url}/graph", "v25.0") as client:
            yield meta, client


async def fetch(client: MediaClient, media_id: str = "7001", **limits: Any) -> File:
    return await client.fetch(CHANNEL, TOKEN, media_id, **({"largest": 1_000, "seconds": 5.0} | limits))


async def why(client: MediaClient, media_id: str = "7001", **limits: Any) -> Missing:
    with pytest.raises(NoFile) as caught:
        await fetch(client, media_id, **limits)
    assert TOKEN.get_secret_value() not in repr(caught.value)
    return caught.value.why


async def test_a_file_comes_whole_with_its_kind_and_digest() -> None:
    async with host() as (meta, client):
        assert await fetch(client) == File(CONTENT, "audio/ogg; codecs=opus", DIGEST)
        assert meta.asked == [f"about?phone_number_id={CHANNEL}", "file"]
        about = await client.about(CHANNEL, TOKEN, "7001", seconds=5)
        assert (about.mime_type, about.size, about.sha256) == ("audio/ogg; codecs=opus", len(CONTENT), DIGEST)


async def test_a_link_that_has_expired_is_asked_for_again() -> None:
    for status in (404, 401):
        async with host() as (meta, client):
            meta.files.append(Response(status_code=status))
            assert (await fetch(client)).content == CONTENT
            assert meta.asked.count("file") == 2


async def test_a_broken_host_is_tried_three_times_at_most() -> None:
    async with host() as (meta, client):
        meta.answers += [Response("<html>", 502), Response(status_code=500)]
        assert (await fetch(client)).content == CONTENT
        meta.answers += [Response(status_code=503)] * 3
        assert await why(client) == Missing.UNAVAILABLE
        assert meta.answers == []


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, 100, Missing.GONE),
        (404, 100, Missing.GONE),
        (400, None, Missing.GONE),
        (401, 190, Missing.REFUSED),
        (401, None, Missing.REFUSED),
        (403, 10, Missing.REFUSED),
        (400, 80007, Missing.UNAVAILABLE),
        (429, None, Missing.UNAVAILABLE),
        (302, None, Missing.ODD),
    ],
)
async def test_what_meta_refuses_has_a_reason(status: int, code: int | None, reason: Missing) -> None:
    async with host() as (meta, client):
        meta.answers += [JSONResponse({"error": {"code": code}}, status)] * 3
        assert await why(client) == reason
        assert "file" not in meta.asked


async def test_other_bytes_than_promised_are_no_file() -> None:
    async with host() as (meta, client):
        meta.files.append(Response(b"something else"))
        assert (await fetch(client)).content == CONTENT, "the second download was good"
        meta.files += [Response(b"something else")] * 2
        assert await why(client) == Missing.WRONG_HASH


async def test_without_a_digest_of_graph_the_webhooks_counts() -> None:
    async with host() as (meta, client):
        meta.told = {"sha256": None}
        good = base64.b64encode(bytes.fromhex(DIGEST)).decode()
        other = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
        assert (await fetch(client, promised=good)).sha256 == DIGEST
        assert (await fetch(client, promised="bWFkZXVw")).sha256 == DIGEST, "what is no digest promises nothing"
        assert await why(client, promised=other) == Missing.WRONG_HASH
        assert as_hex(good) == DIGEST


async def test_a_file_that_is_too_large_is_not_even_asked_for() -> None:
    async with host() as (meta, client):
        assert await why(client, largest=len(CONTENT) - 1) == Missing.TOO_LARGE
        assert "file" not in meta.asked


async def test_a_body_longer_than_it_was_said_to_be_is_cut_off() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 65_536
            yield b"x" * 65_536
            await asyncio.sleep(0.002)

    async with host() as (meta, client):
        meta.files.append(StreamingResponse(endless()))
        assert await why(client) == Missing.TOO_LARGE
    assert sent < 50_000_000


async def test_a_slow_download_ends_with_the_time_it_was_given() -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(600):
            yield b"x"
            await asyncio.sleep(0.1)

    async with host() as (meta, client):
        meta.files.append(StreamingResponse(drip()))
        assert await why(client, seconds=0.5) == Missing.TOO_SLOW


@pytest.mark.parametrize(
    "link", ["https://example.org/file", "http://lookaside.fbsbx.com/file", "https://evilfbsbx.com/x", "not a link", ""]
)
async def test_the_token_goes_to_meta_alone(link: str) -> None:
    async with host() as (meta, client):
        meta.told = {"url": link}
        assert await why(client) == Missing.ODD
        assert meta.asked == [f"about?phone_number_id={CHANNEL}"]


async def test_nobody_follows_a_redirect_with_the_token() -> None:
    async with host() as (meta, client):
        meta.files.append(RedirectResponse("https://example.org/"))
        assert await why(client) == Missing.ODD


@pytest.mark.parametrize("media_id", ["", "//example.org/x", "https://example.org", "../v25.0/me", "7001?fields=url"])
async def test_an_id_is_never_a_part_of_an_address(media_id: str) -> None:
    async with host() as (meta, client):
        assert await why(client, media_id) == Missing.GONE
        assert meta.asked == []


async def test_answers_that_nobody_understands() -> None:
    async with host() as (meta, client):
        meta.answers += [Response("<html>hello</html>"), JSONResponse(["url"]), JSONResponse({"url": 7})]
        for _ in range(3):
            assert await why(client) == Missing.ODD


async def test_a_host_that_is_not_there() -> None:
    async with MediaClient("http://127.0.0.1:9", "v25.0") as client:
        assert await why(client) == Missing.UNAVAILABLE
