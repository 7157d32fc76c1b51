"""Bringing webhooks to the business: signed, tried again until they are taken."""

import asyncio
import itertools
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from services.simulator.events import EventStream
from services.simulator.webhooks.signing import encode, signatures

# Meta tries again for up to 7 days, ever less often. Tests and newcomers wait seconds, so this back-off is short.
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
# Meta does not document its own; third parties saw 5 to 20 seconds.
ANSWER_WITHIN = 10.0
_KEPT_ATTEMPTS = 10_000
_POOLS = 8
NO_ANSWER = 0


@dataclass(frozen=True)
class Attempt:
    """One POST of one webhook. `status` 0: no connection or no answer in time."""

    at: float
    number: int
    status: int
    body: str


@dataclass
class Delivery:
    """A webhook on its way: `tried` once, then `over` when it was taken or given up. `status`: the newest attempt's."""

    status: int = NO_ANSWER
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self) -> None:
        """Let go whoever still waits."""
        self.tried.set()
        self.over.set()


class WebhookPost:
    """Posts webhooks to the one URL the business gave. Use as an async context manager."""

    def __init__(self, url: str, app_secret: str, events: EventStream) -> None:
        self.url = url
        self.attempts: deque[Attempt] = deque(maxlen=_KEPT_ATTEMPTS)
        self._secret = app_secret
        self._events = events
        self._under_way: set[asyncio.Task[None]] = set()
        # A pool of httpx (0.28) looks at all its connections for each request: with 64 at work a post costs twice the
        # CPU it costs with 8. So several small pools take turns. Idle connections are dropped before the usual five
        # seconds after which servers drop them: no race.
        limits = httpx.Limits(max_connections=64, keepalive_expiry=2.0)
        trust = ssl.create_default_context()  # the system's authorities, or those in SSL_CERT_FILE
        self._pools = [
            httpx.AsyncClient(timeout=ANSWER_WITHIN, limits=limits, verify=trust, trust_env=False)
            for _ in range(_POOLS)
        ]
        self._next_pool = itertools.cycle(self._pools)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reset()
        for pool in self._pools:
            await pool.aclose()

    def reset(self) -> None:
        """Forget past attempts, and give up what is still on its way."""
        self.attempts.clear()
        for task in self._under_way:
            task.cancel()

    def deliver(self, payload: Any, on_taken: Callable[[], None] = lambda: None) -> Delivery:
        """Start bringing a webhook: signed, again and again until a 200; then `on_taken` is called."""
        delivery = Delivery()
        task = asyncio.create_task(self._until_taken(encode(payload), delivery, on_taken))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: delivery.end())
        return delivery

    async def once(self, body: bytes, headers: Mapping[str, str] | None = None, *, attempt: int = 1) -> int:
        """One POST of these bytes, signed unless other headers are given; its status, 0 without an answer."""
        signed = signatures(self._secret, body) if headers is None else headers
        sent = {"Content-Type": "application/json", "User-Agent": "facebookexternalua", **signed}
        try:
            status = (await next(self._next_pool).post(self.url, content=body, headers=sent)).status_code
        except Exception:  # httpx (0.28) lets through AttributeErrors of sockets that are reset at once
            status = NO_ANSWER
        self.attempts.append(Attempt(time.time(), attempt, status, body.decode(errors="replace")))
        self._events.tell("webhook", None, {"status": status, "attempt": attempt})
        return status

    async def shake_hands(self, verify_token: str, challenge: str) -> bool:
        """Ask the endpoint to prove the verify token, as Meta does when a callback URL is set."""
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        try:
            answer = await next(self._next_pool).get(self.url, params=query)
        except Exception:
            return False
        return answer.status_code == httpx.codes.OK and answer.text == challenge

    async def _until_taken(self, body: bytes, delivery: Delivery, on_taken: Callable[[], None]) -> None:
        attempt, pause = 1, FIRST_PAUSE
        while True:
            delivery.status = await self.once(body, attempt=attempt)
            delivery.tried.set()
            if delivery.status == httpx.codes.OK:
                break
            await asyncio.sleep(pause)
            attempt, pause = attempt + 1, min(LONGEST_PAUSE, pause * 2)
        on_taken()
