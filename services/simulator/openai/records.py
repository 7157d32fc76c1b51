"""Every request that reached the stand-in, for tests to look at."""

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

_KEPT = 20_000


@dataclass
class Record:
    """One request. `at` is Unix seconds of its arrival; `status` and `response` stay None until it is answered."""

    path: str
    body: Any
    at: float = field(default_factory=time.time)
    status: int | None = None
    response: Any = None


class Records:
    """The requests in the order of arrival; the oldest are forgotten beyond a number no test reaches."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque(maxlen=_KEPT)

    def open(self, path: str, body: Any) -> Record:
        record = Record(path, body)
        self._records.append(record)
        return record

    def listed(self) -> list[dict[str, Any]]:
        """`[{"at", "path", "body", "status", "response"}]`."""
        return [asdict(record) for record in self._records]

    def clear(self) -> None:
        self._records.clear()
