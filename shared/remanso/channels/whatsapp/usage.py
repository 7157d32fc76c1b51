"""How much of its limits of Graph calls an app and an account have used, as Meta's headers tell.

Source: Meta docs, Graph API "Rate limits" (2026): `X-App-Usage` in percent; `X-Business-Use-Case-Usage` in percent by
business object, with minutes until access is regained. Which `type` WhatsApp's entries bear is not documented, so all
of them count. A header that cannot be read is as good as none.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

SLOW_ABOVE = 80.0
"""Percent."""
SLOWEST = 10.0
LONGEST_PAUSE = timedelta(hours=1)
_PERCENTAGES = ("call_count", "total_cputime", "total_time")
_MINUTES = "estimated_time_to_regain_access"


@dataclass(frozen=True)
class Load:
    """Percent used of the fullest limit, and how long Meta says that nothing goes."""

    percent: float = 0.0
    regain: timedelta = timedelta()

    @property
    def factor(self) -> float:
        """How many times slower to send: 1 up to 80 %, from there evenly up to 10 at 100 %."""
        over = min(max(self.percent - SLOW_ABOVE, 0.0) / (100.0 - SLOW_ABOVE), 1.0)
        return 1.0 + over * (SLOWEST - 1.0)


@dataclass(frozen=True)
class Usage:
    app: Load
    account: Load


UNTOLD = Usage(Load(), Load())


def usage_of(headers: Mapping[str, str]) -> Usage:
    """What an answer's headers tell, of whatever status it is."""
    apps, accounts = _json(headers.get("X-App-Usage")), _json(headers.get("X-Business-Use-Case-Usage"))
    entries = [entry for told in accounts.values() if isinstance(told, list) for entry in told]
    return Usage(_load([apps]), _load(entries))


def _load(entries: list[Any]) -> Load:
    told = [entry for entry in entries if isinstance(entry, dict)]
    percent = max((value for entry in told for value in _numbers(entry, *_PERCENTAGES)), default=0.0)
    minutes = max(
        (value for entry in told for value in _numbers(entry, "estimated_time_to_regain_access")), default=0.0
    )
    return Load(percent, min(timedelta(minutes=min(minutes, 1e6)), LONGEST_PAUSE))


def _numbers(entry: dict[str, Any], *names: str) -> Iterator[float]:
    for name in names:
        value = entry.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
            yield float(value)


def _json(header: str | None) -> dict[str, Any]:
    try:
        told = json.loads(header or "{}")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
