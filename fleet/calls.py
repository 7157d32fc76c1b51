"""HTTP to the places where clients live, politely: within their limits, repeated only where repeating does no harm.

A GET, PUT, PATCH or DELETE is repeated after a lost connection or a 5xx. A POST never is: the caller has to look first
whether it took effect. A 429 (and GitHub's 403 that says when to come back) did nothing and is waited for.
"""

import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from fleet.trouble import Absent, OutsideFailed, OutsideUnavailable

ATTEMPTS = 5
LONGEST_WAIT = 900.0
"""Seconds that a place may make us wait for its rate limit."""
RESERVE = 100
"""Calls of an hour's grant that are left for whoever else has the account: a person, a deploy."""
AGENT = "remanso-fleet"

Complaint = tuple[str, str]
"""The place's code of an error, and its words."""


class Quota:
    """At most so many calls in any span of so many seconds, over all threads; each of `limits` is such a pair."""

    def __init__(self, *limits: tuple[int, float], clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock, self._lock = limits, clock, threading.Lock()
        self._last = deque[float](maxlen=max(most for most, _ in limits))

    def delay(self) -> float:
        """Seconds to wait before the next call; the call is counted."""
        with self._lock:
            now = self._clock()
            free = [self._last[-most] + seconds for most, seconds in self._limits if len(self._last) >= most]
            at = max([now, *free])
            self._last.append(at)
            return at - now


@dataclass
class Api:
    """One place with a JSON API. `complaint` reads its errors; `advice` knows what helps, by code."""

    place: str
    http: httpx.Client
    complaint: Callable[[httpx.Response], Complaint]
    advice: Mapping[str, str] = field(default_factory=dict)
    quota: Quota | None = None
    """For what creates or changes something."""
    thrift: Quota | None = None
    """For every call, once no more than RESERVE are left in this hour: as quickly as the place grants new ones."""
    sleep: Callable[[float], None] = time.sleep
    calls: int = 0
    remaining: int | None = None
    """Calls left in this hour, where the place says so."""

    def get(self, path: str, **how: Any) -> Any:
        return self.call("GET", path, **how).json()

    def find(self, path: str, **how: Any) -> Any | None:
        """The same, None where there is nothing."""
        try:
            return self.get(path, **how)
        except Absent:
            return None

    def call(self, method: str, path: str, **how: Any) -> httpx.Response:
        """The place's answer, 2xx or 304. Raises OutsideFailed, Absent, OutsideUnavailable."""
        what = f"{self.place}: {method} {path.partition('?')[0]}"
        for attempt in range(1, ATTEMPTS + 1):
            self._wait_for_a_place(method)
            response = self._try(method, path, how)
            if response is not None and response.status_code < 400:
                return response
            wait = _wait(response, attempt)
            undecided = response is None or response.status_code >= 500
            if (undecided and method == "POST") or attempt == ATTEMPTS or wait is None:
                raise self._trouble(what, response)
            self.sleep(wait)
        raise AssertionError("unreachable")

    def _wait_for_a_place(self, method: str) -> None:
        if self.quota and method != "GET":
            self.sleep(self.quota.delay())
        if self.thrift and self.remaining is not None and self.remaining <= RESERVE:
            self.sleep(self.thrift.delay())

    def _try(self, method: str, path: str, how: Mapping[str, Any]) -> httpx.Response | None:
        self.calls += 1
        try:
            response = self.http.request(method, path, **how)
        except httpx.HTTPError:
            return None
        left = response.headers.get("ratelimit-remaining") or response.headers.get("x-ratelimit-remaining")
        self.remaining = int(left) if left and left.isdecimal() else self.remaining
        return response

    def _trouble(self, what: str, response: httpx.Response | None) -> Exception:
        if response is None:
            return OutsideUnavailable(f"{what}: no answer")
        code, words = self.complaint(response)
        if response.status_code >= 500:
            return OutsideUnavailable(f"{what}: {response.status_code} {words}")
        kind = Absent if response.status_code == 404 else OutsideFailed
        return kind(what, words, code=code, status=response.status_code, todo=self.advice.get(code, ""))


def client(base_url: str, headers: Mapping[str, str], seconds: float = 30.0) -> httpx.Client:
    """Redirects are not followed: none of these APIs needs it, and a bearer token must not travel."""
    return httpx.Client(base_url=base_url, headers={"User-Agent": AGENT, **headers}, timeout=seconds, verify=tls())


@cache
def tls() -> ssl.SSLContext:
    """One for all: reading the certificates takes longer than a call."""
    return httpx.create_ssl_context()


def _wait(response: httpx.Response | None, attempt: int) -> float | None:
    """Seconds until it makes sense to try again; None: never."""
    backoff = min(30.0, 0.5 * 2.0**attempt) * (0.5 + random.random() / 2)
    if response is None or response.status_code >= 500:
        return backoff
    told = _told_wait(response)
    if response.status_code == 429:
        return backoff if told is None else told
    return told if response.status_code == 403 else None


def _told_wait(response: httpx.Response) -> float | None:
    after, reset = response.headers.get("retry-after", ""), response.headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return min(LONGEST_WAIT, float(after))
    if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return min(LONGEST_WAIT, max(0.0, int(reset) - time.time()) + 1.0)
    return None
