"""One POST to a client's endpoint: bounded in time and size, redirects not followed. The console's one use of httpx."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from services.console.webhooks.address import Place, Refused, look_up
from services.console.webhooks.signing import headers

SECONDS = 15.0
"""For a POST as a whole, from looking up the name to the answer."""
GONE = 410
"""By this the other side says that it does not want to be told any more (Standard Webhooks)."""


@dataclass(frozen=True)
class Answer:
    """What became of one attempt. `trouble` is None where it arrived; it never holds a word of the other side's."""

    status: int | None
    trouble: str | None
    seconds: float

    @property
    def arrived(self) -> bool:
        return self.trouble is None


class Poster:
    """One pool of connections. Use as an async context manager; safe for concurrent calls."""

    def __init__(self, *, loopback: bool, seconds: float = SECONDS) -> None:
        self._loopback = loopback
        self._seconds = seconds
        # No connection is kept: an address is checked for each request. No proxy of the environment: it would look up.
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=0)
        self._http = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=seconds, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def post(self, url: str, message_id: str, content: Mapping[str, Any], secrets: list[str]) -> Answer:
        """Never raises: whatever goes wrong is in the answer. Any status of 200 to 299 means that it arrived."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        began = time.monotonic()
        if not secrets:
            return Answer(None, "its secret cannot be read any more: make a new one", 0.0)
        status: int | None = None
        try:
            async with asyncio.timeout(self._seconds):
                place = await look_up(url, loopback=self._loopback)
                status = await self._send(url, place, body, headers(message_id, int(time.time()), body, secrets))
            trouble = None if 200 <= status < 300 else f"answered {status}"
        except Refused as refused:
            trouble = str(refused)
        except TimeoutError:
            trouble = f"no answer within {self._seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            trouble = _TROUBLES.get(type(problem), type(problem).__name__)
        return Answer(status, trouble, time.monotonic() - began)

    async def _send(self, url: str, place: Place, body: bytes, signature: Mapping[str, str]) -> int:
        """To the address that was checked, under the host's own name. Only the status of the answer is read."""
        asked = httpx.URL(url)
        sent = {
            **signature,
            "host": asked.netloc.decode(),
            "content-type": "application/json",
            "user-agent": "Remanso-Webhooks/1",
        }
        there = asked.copy_with(host=place.address)
        async with self._http.stream(
            "POST", there, content=body, headers=sent, extensions={"sni_hostname": place.host}
        ) as answer:
            return answer.status_code


_TROUBLES: dict[type[Exception], str] = {
    httpx.ConnectError: "no connection",
    httpx.ConnectTimeout: "no connection in time",
    httpx.ReadTimeout: "no answer in time",
    httpx.RemoteProtocolError: "the connection ended without an answer",
}
