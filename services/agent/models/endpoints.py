"""The servers that are asked: connections to them, and one attempt of one question with all its ways to fail."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
import openai

from remanso.plugin.model_profile import Profile
from services.agent.models import trouble
from services.agent.models.trouble import Told, Trouble, meaning

CONNECT_SECONDS, POOL_SECONDS = 3.0, 2.0
KEPT_ALIVE = 60.0  # seconds; a new TLS handshake costs a quiet client's next answer a tenth of a second

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Place:
    """One model behind one server and key. `key` is the name of the key's variable, empty for the agents' own."""

    base_url: str
    key: str
    model: str

    @property
    def host(self) -> str | None:
        return urlsplit(self.base_url).hostname

    @property
    def endpoint(self) -> str:
        """The server for people and metrics: no address of ours holds a secret, but one of somebody else's might."""
        parts = urlsplit(self.base_url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        return f"{host} {self.key}".strip()

    @property
    def origin(self) -> str:
        """What reasoning of this model is marked with: nobody else can read it."""
        return f"{self.endpoint} {self.model}"


class Endpoints:
    """One pool of connections for each server and key, opened when it is first asked."""

    def __init__(self, base_url: str, keys: Mapping[str, str], read_seconds: float, connections: int) -> None:
        self._base_url = base_url
        self._keys = keys
        self._timeout = openai.Timeout(read_seconds, connect=CONNECT_SECONDS, pool=POOL_SECONDS)
        self._limits = httpx2.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=KEPT_ALIVE
        )
        self._clients: dict[tuple[str, str], openai.AsyncOpenAI] = {}
        self._open = AsyncExitStack()

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, base_url: str, api_key: str, keys: Mapping[str, str], *, read_seconds: float, connections: int
    ) -> AsyncIterator["Endpoints"]:
        """`base_url` and `api_key` are for profiles that name none; `keys` are {variable: key} of those that do."""
        endpoints = cls(base_url, {**keys, "": api_key}, read_seconds, connections)
        async with endpoints._open:
            yield endpoints

    def place(self, profile: Profile) -> Place:
        """Where the profile's model is."""
        return Place(profile.base_url or self._base_url, profile.api_key or "", profile.model)

    async def client(self, place: Place) -> openai.AsyncOpenAI:
        """The library's client for the place. Raises Trouble when its key was not in the environment at the start."""
        known = self._clients.get((place.base_url, place.key))
        if known is not None:
            return known
        if place.key not in self._keys:
            raise Trouble(trouble.AUTHENTICATION)
        transport = openai.DefaultAsyncHttpx2Client(timeout=self._timeout, limits=self._limits)
        client = openai.AsyncOpenAI(
            api_key=self._keys[place.key], base_url=place.base_url, max_retries=0, http_client=transport
        )
        self._clients[place.base_url, place.key] = client
        return await self._open.enter_async_context(client)


async def attempt(seconds: float, answer: Awaitable[Answer]) -> Answer:
    """The answer, within `seconds` in all: the library's own limits bound only the pause between two bytes.

    Raises Trouble, ModelRefused or Filtered; what the provider said is not passed on, since it may quote the contact.
    """
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError:
        raise Trouble(trouble.TIMEOUT) from None
    except json.JSONDecodeError:
        raise Trouble(trouble.BROKEN_JSON) from None
    except openai.APIError as problem:
        raise _meaning(problem) from None


def _meaning(problem: openai.APIError) -> Exception:
    match problem:
        case openai.APITimeoutError():
            own_fault = isinstance(problem.__cause__, httpx2.PoolTimeout)
            return Trouble(trouble.NO_FREE_CONNECTION if own_fault else trouble.TIMEOUT)
        case openai.APIConnectionError():
            return Trouble(trouble.CONNECTION)
        case openai.APIStatusError():
            return meaning(_told(problem))
        case _:
            return Trouble(trouble.UNREADABLE)


def _told(problem: openai.APIStatusError) -> Told:
    code, kind, param = (_word(value) for value in (problem.code, problem.type, problem.param))
    return Told(problem.status_code, code, kind, param, problem.message, retry_after(problem.response.headers))


def _word(value: object) -> str | None:
    """Compatible servers put the status there (vLLM, llama.cpp), or anything: that tells nothing."""
    return value if isinstance(value, str) and not value.isdigit() else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The provider's wait hint in seconds: a number, or a date, which is read by the provider's own clock."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            return max(0.0, float(headers[name]) * unit)
    with suppress(KeyError, ValueError, TypeError):
        then, now = parsedate_to_datetime(headers["retry-after"]), parsedate_to_datetime(headers["date"])
        return max(0.0, (then - now).total_seconds())
    return None
