"""Failures told in advance: how OpenAI, its proxies and the network go wrong.

The first fault that still has times left meets the next request of its kind. `outage`, `down`, `rate_limit`, `billing`,
`refused` and `html502` meet it before it is read; `slow` delays it; `dribble`, `broken_json`, `choices_null` and
`failed` spoil the answer.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.openai.errors import ApiError

Kind = Literal[
    "outage",
    "down",
    "rate_limit",
    "billing",
    "refused",
    "slow",
    "dribble",
    "broken_json",
    "choices_null",
    "failed",
    "html502",
]
_BEAT = 0.25  # seconds between two pieces of a dribbling body
BAD_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Fault(BaseModel):
    """One order to fail. `times` None: until cleared.

    `code` replaces the error code of `billing`, `rate_limit` and `failed`, and is that of `refused`, which comes with
    `status`. `on` says which requests it meets: models' answers, transcriptions, or both.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    times: int | None = Field(None, ge=1)
    seconds: float = Field(1.0, ge=0)
    retry_after: float = Field(1.0, ge=0)
    code: str | None = None
    status: int = Field(400, ge=400, le=599)
    on: Literal["answers", "transcriptions", "everything"] = "everything"

    def refusal(self) -> ApiError | None:
        """The refusal this fault is, if it is one."""
        if self.kind == "outage":
            message = "The server is overloaded or down at the moment; try again later."
            return ApiError(message, kind="server_error", code="server_is_overloaded", status=503)
        if self.kind == "billing":
            message = "Your credit is used up or a spend limit is reached; look at your plan and billing."
            code = self.code or "credit_balance_exhausted"
            return ApiError(message, kind="insufficient_quota", code=code, status=429)
        if self.kind == "refused":
            return ApiError("This request is refused by order of a test.", code=self.code, status=self.status)
        if self.kind == "rate_limit":
            return self._rate_limit()
        return None

    def _rate_limit(self) -> ApiError:
        message = f"Rate limit reached for requests per minute. Try again in {self.retry_after:g}s."
        headers = {
            "retry-after": f"{self.retry_after:g}",
            "retry-after-ms": str(int(self.retry_after * 1000)),
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": f"{self.retry_after:g}s",
        }
        code = self.code or "rate_limit_exceeded"
        return ApiError(message, kind="requests", code=code, status=429, headers=headers)


class Faults:
    """The faults still to happen, first in, first out."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, faults: list[Fault]) -> None:
        self._waiting.extend(fault.model_copy() for fault in faults)

    def take(self, on: Literal["answers", "transcriptions"] = "answers") -> Fault | None:
        """The fault that meets this request; uses up one of its times."""
        fault = next((fault for fault in self._waiting if fault.on in (on, "everything")), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._waiting.remove(fault)
        return fault

    def waiting(self) -> list[dict[str, Any]]:
        return [fault.model_dump() for fault in self._waiting]

    def clear(self) -> None:
        self._waiting.clear()


def broken(body: dict[str, Any]) -> bytes:
    """JSON that ends in the middle."""
    whole = json.dumps(body, ensure_ascii=False).encode()
    return whole[: len(whole) // 2]


async def dribble(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    """The body in pieces, never pausing long enough for a read timeout, lasting `seconds` in all."""
    beats = max(1, min(len(body), round(seconds / _BEAT)))
    size = -(-len(body) // beats)
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / beats)
        yield body[start : start + size]
