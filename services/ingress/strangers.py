"""Addresses that knock with wrong signatures or tokens. They are counted in this process, and forgotten after a minute.

Meta's own webhooks are never refused for it, not even where a proxy makes everybody look like one address: what carries
a signature is still checked, only few at a time for an address that was wrong too often.
"""

import asyncio
import contextlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

MOST_WRONG = 20
WITHIN_SECONDS = 60.0
MOST_ADDRESSES = 10_000
"""Those counted longest ago are forgotten first."""
AT_A_TIME = 2


@dataclass
class _Count:
    since: float
    wrong: int = 0


class Strangers:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._narrow = asyncio.Semaphore(AT_A_TIME)

    def was_wrong(self, address: str) -> None:
        who, now = _household(address), self._now()
        count = self._counts.get(who)
        if count is None or now - count.since > WITHIN_SECONDS:
            count = self._counts[who] = _Count(now)
            self._counts.move_to_end(who)
            while len(self._counts) > MOST_ADDRESSES:
                self._counts.popitem(last=False)
        count.wrong += 1

    def is_one(self, address: str) -> bool:
        """Whether it was wrong too often within the last minute."""
        count = self._counts.get(_household(address))
        return count is not None and count.wrong >= MOST_WRONG and self._now() - count.since <= WITHIN_SECONDS

    def lane(self, address: str) -> AbstractAsyncContextManager[object]:
        """Where a signed body of this address is read: a narrow lane for all that were wrong too often."""
        return self._narrow if self.is_one(address) else contextlib.nullcontext()


def _household(address: str) -> str:
    """An IPv6 host may take any of 2^64 addresses of its network: they count as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
