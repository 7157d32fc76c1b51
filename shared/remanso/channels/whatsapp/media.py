"""Files that contacts sent, by the id Meta gives them: asked about, downloaded whole, checked, or a reason why not.

Two requests, both with the client's token: Graph tells where the file lies, and that link opens for five minutes. The
id itself lives for seven days (Meta docs, media, Nov 2026).
"""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from remanso.channels.whatsapp.body import read_body
from remanso.channels.whatsapp.errors import RefusalKind, classify
from remanso.channels.whatsapp.shapes import number_in, object_in, text_in
from remanso.errors import BadInput

META_HOSTS = ("facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net", "whatsapp.com")
"""The token goes nowhere else but to these, and to the host that Graph itself is asked at."""

HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Remanso)",  # the download host refuses unusual ones
    "Accept-Encoding": "identity",  # what is counted and hashed are the file's own bytes
}
TRIES = 3
LONGEST_ANSWER = 65_536
"""Bytes of what Graph tells about a file."""

_ID = re.compile(r"[A-Za-z0-9_-]+")
"""Ids come in with messages: nothing else may become part of an address that is asked with the token."""

Got = TypeVar("Got")


class Missing(StrEnum):
    """Why there is no file."""

    GONE = "gone"
    """Meta knows no such file (any more)."""
    REFUSED = "refused"
    """The token is not good for it."""
    TOO_LARGE = "too_large"
    WRONG_HASH = "wrong_hash"
    """Other bytes than Meta promised, twice."""
    TOO_SLOW = "too_slow"
    UNAVAILABLE = "unavailable"
    """Meta, or the way there, is broken right now."""
    ODD = "odd"
    """An answer that nobody here understands."""


class NoFile(Exception):
    """There is no file, for a stated reason. Holds neither the link nor the token."""

    def __init__(self, why: Missing) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class About:
    """What Graph tells about a file. `sha256` is hex; `size` is in bytes."""

    url: str
    mime_type: str | None
    sha256: str | None
    size: int | None


@dataclass(frozen=True)
class File:
    """A file with the digest it was checked against, or its own where Meta gave none (hex)."""

    content: bytes
    mime_type: str | None
    sha256: str


class MediaClient:
    """One pool of connections to Graph and to the host its media lie at. Use as an async context manager.

    Args:
        base_url: such as https://graph.facebook.com
        version: such as v25.0
        timeout: seconds without a byte after which a request is given up; the whole is bounded by each call's own.
    """

    def __init__(self, base_url: str, version: str, timeout: float = 10.0) -> None:
        self._graph = f"{base_url.rstrip('/')}/{version}"
        self._own_host = urlsplit(base_url).netloc
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=20, keepalive_expiry=2.0)
        self._http = httpx.AsyncClient(timeout=timeout, limits=limits, headers=HEADERS, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def about(self, channel: str, token: SecretStr, media_id: str, *, seconds: float) -> About:
        """What Graph knows of a file that was sent to the number `channel`. Raises NoFile."""
        async with _within(seconds):
            return await self._again(lambda: self._about(channel, token, media_id))

    async def fetch(
        self,
        channel: str,
        token: SecretStr,
        media_id: str,
        *,
        largest: int,
        seconds: float,
        promised: str | None = None,
    ) -> File:
        """The whole file, of at most `largest` bytes and within `seconds` altogether.

        Every try asks for a fresh link, because one that has expired says 404 like one that never was. `promised` is
        the digest the webhook told (base64), used where Graph tells none. Raises NoFile.
        """

        async def whole() -> File:
            about = await self._about(channel, token, media_id)
            return await self._download(about, token, largest, about.sha256 or as_hex(promised))

        async with _within(seconds):
            return await self._again(whole)

    async def _again(self, ask: Callable[[], Awaitable[Got]]) -> Got:
        """Tries again what may go better the next time, a little later each."""
        tried = 1
        while True:
            try:
                return await ask()
            except NoFile as problem:
                if tried >= _WORTH.get(problem.why, 1):
                    raise
            await asyncio.sleep(0.1 * 2**tried)
            tried += 1

    async def _about(self, channel: str, token: SecretStr, media_id: str) -> About:
        if not _ID.fullmatch(media_id):
            raise NoFile(Missing.GONE)
        url = httpx.URL(f"{self._graph}/{media_id}", params={"phone_number_id": channel})
        async with self._get(url, token) as answer:
            body = _json_object(await _bounded(answer, LONGEST_ANSWER))
        link = text_in(body, "url")
        if link is None:
            raise NoFile(Missing.ODD)
        size = number_in(body, "file_size")
        digest = text_in(body, "sha256")
        return About(link, text_in(body, "mime_type"), digest and digest.lower(), None if size is None else int(size))

    async def _download(self, about: About, token: SecretStr, largest: int, digest: str | None) -> File:
        if about.size is not None and about.size > largest:
            raise NoFile(Missing.TOO_LARGE)
        async with self._get(self._trusted(about.url), token) as answer:
            content = await _bounded(answer, largest)
        found = hashlib.sha256(content).hexdigest()
        if digest is not None and digest != found:
            raise NoFile(Missing.WRONG_HASH)
        return File(content, about.mime_type or answer.headers.get("content-type"), found)

    def _trusted(self, link: str) -> httpx.URL:
        """The link, if the token may be shown there. Raises NoFile."""
        try:
            url = httpx.URL(link)
        except httpx.InvalidURL:
            raise NoFile(Missing.ODD) from None
        metas = url.scheme == "https" and any(f".{url.host}".endswith(f".{host}") for host in META_HOSTS)
        if not metas and url.netloc.decode() != self._own_host:
            raise NoFile(Missing.ODD)
        return url

    @asynccontextmanager
    async def _get(self, url: httpx.URL, token: SecretStr) -> AsyncIterator[httpx.Response]:
        """A 200 to be read. Errors are told by their kind alone: their texts may hold the link or the token."""
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        try:
            async with self._http.stream("GET", url, headers=headers) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise NoFile(_refusal(answer.status_code, _json_object(await _bounded(answer, LONGEST_ANSWER))))
                yield answer
        except (httpx.UnsupportedProtocol, UnicodeError):
            raise NoFile(Missing.ODD) from None
        except (httpx.HTTPError, AttributeError):  # httpx (0.28) lets the latter through: a socket reset at once
            raise NoFile(Missing.UNAVAILABLE) from None


_WORTH = {Missing.UNAVAILABLE: TRIES, Missing.GONE: 2, Missing.REFUSED: 2, Missing.WRONG_HASH: 2}
"""How many tries each trouble is worth. A link that has just expired says 404 or 401."""


def as_hex(digest: str | None) -> str | None:
    """A webhook's digest (base64) as Graph writes it (hex); None for what is no digest."""
    try:
        raw = base64.b64decode(digest or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == hashlib.sha256().digest_size else None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        read = read_body(body)
    except BadInput:
        return {}
    return read if isinstance(read, dict) else {}


_KINDS = {
    RefusalKind.RETRY: Missing.UNAVAILABLE,
    RefusalKind.OPERATOR: Missing.REFUSED,
    RefusalKind.PERMANENT: Missing.GONE,
}


def _refusal(status: int, body: dict[str, Any]) -> Missing:
    """By Meta's code where it gives one (100 for an id it does not know), else by the download host's status."""
    code = number_in(object_in(body, "error"), "code")
    if code is not None and status != httpx.codes.NOT_FOUND:
        return _KINDS[classify(int(code), status).kind]
    match status:
        case 401 | 403:
            return Missing.REFUSED
        case 400 | 404 | 410:
            return Missing.GONE
        case 408 | 429:
            return Missing.UNAVAILABLE
        case _:
            return Missing.UNAVAILABLE if status >= 500 else Missing.ODD


async def _bounded(answer: httpx.Response, largest: int) -> bytes:
    """The body, unless it grows beyond `largest` bytes, whatever its length was said to be."""
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > largest:
            raise NoFile(Missing.TOO_LARGE)
    return bytes(body)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise NoFile(Missing.TOO_SLOW) from None
