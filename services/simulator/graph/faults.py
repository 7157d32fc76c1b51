"""Faults a test orders: how the Graph stand-in fails on purpose."""

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator


class Fault(BaseModel):
    """One way to fail, for the next `times` matching requests (None: until cleared).

    - `code`: refuse with this Graph error code (`http` overrides the usual status).
    - `failed`: accept with 200, then a `failed` status webhook with this code.
    - `http`: a bare HTML page with status `http`, as a proxy in front of Meta gives.
    - `timeout_before`, `reset_before`: no answer, or a connection reset, and nothing was accepted.
    - `timeout_after`, `reset_after`: the message is accepted and its receipts come, but the sender never hears of it.
    - `slow`: everything as usual, `seconds` later.
    - `token_expired`: 401 with code 190.
    - `corrupt`: a download of other bytes than its digest promised.
    - `dribble`: a download that takes `seconds`, never pausing for long.

    `to` limits the fault to one contact. `on` says which requests it meets: sends (the default, so that a counted
    fault is not used up by a read receipt), read receipts and typing, media (what is told of them), downloads of their
    bytes, assets (templates, numbers, accounts), or everything.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal[
        "code",
        "failed",
        "http",
        "timeout_before",
        "timeout_after",
        "reset_before",
        "reset_after",
        "slow",
        "token_expired",
        "corrupt",
        "dribble",
    ]
    code: int | None = None
    http: int | None = Field(default=None, ge=400, le=599)
    details: str | None = None
    seconds: float = Field(default=1.0, ge=0)
    times: int | None = Field(default=None, ge=1)
    to: str | None = None
    on: Literal["messages", "reads", "media", "downloads", "assets", "everything"] = "messages"
    _used: int = PrivateAttr(default=0)
    _cleared: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    @model_validator(mode="after")
    def _complete(self) -> "Fault":
        if self.kind in ("code", "failed") and self.code is None:
            raise ValueError(f"a fault of kind {self.kind} needs a code")
        return self

    @property
    def cleared(self) -> asyncio.Event:
        """Set when faults are cleared: requests that this one left hanging are then cut."""
        return self._cleared

    @property
    def left(self) -> bool:
        """Whether it still applies."""
        return self.times is None or self._used < self.times

    def meets(self, on: str, to: str | None) -> bool:
        """Whether it applies to a request of kind `on` for contact `to`."""
        return self.left and self.on in (on, "everything") and self.to in (None, to)

    def use(self) -> None:
        """Count one request it was applied to."""
        self._used += 1


class Faults:
    """The ordered faults; the oldest that meets a request is applied to it, one per request."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, faults: list[Fault]) -> None:
        """Add faults behind those already ordered."""
        self._ordered.extend(faults)

    def clear(self) -> None:
        """Fail no more, and cut the requests that hang."""
        for fault in self._ordered:
            fault.cleared.set()
        self._ordered.clear()

    def pending(self) -> list[Fault]:
        """Faults that still apply to something."""
        return [fault for fault in self._ordered if fault.left]

    def next_for(self, on: str, to: str | None) -> Fault | None:
        """The fault to apply to this request, counted as used."""
        fault = next((fault for fault in self._ordered if fault.meets(on, to)), None)
        if fault is not None:
            fault.use()
        return fault
