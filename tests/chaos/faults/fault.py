"""A fault as data."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.chaos.evidence import Evidence
from tests.chaos.faults.field import Field

HEAD_START = 1.0
"""Seconds the load has been going on when a fault strikes."""


def nothing_else(_evidence: Evidence) -> Iterable[str]:
    return ()


def nothing_missing() -> str:
    return ""


@dataclass(frozen=True)
class Fault:
    """`strike` does it on entering and heals it on leaving. The load begins before it and is spread over `seconds`."""

    name: str
    done: str
    heals: str
    strike: Callable[[Field], AbstractAsyncContextManager[None]]
    seconds: float = 5.0
    until_rest: bool = False
    """The system has to come to rest while the fault lasts."""
    on_cluster: bool = False
    also: Callable[[Evidence], Iterable[str]] = nothing_else
    """What has to hold besides the invariants of every wave."""
    missing: Callable[[], str] = nothing_missing
    """What this machine lacks for it, in words; empty: nothing."""
