"""Every request that reached the stand-in, for tests to look at."""

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

_KEPT = 20_000


@dataclass
class Record:
    """One request. `at` is Unix seconds of its arrival; `status` and `response` stay None until it is answered.

    `client_request_id` is the caller's X-Client-Request-Id, `request_id` the x-request-id of an answer of status 200.
    """

    path: str
    body: Any
    at: float = field(default_factory=time.time)
    status: int | None = None
    response: Any = None
    client_request_id: str | None = None
    request_id: str | None = None


class Records:
    """The requests in the order of arrival; the oldest are forgotten beyond a number no test reaches."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque(maxlen=_KEPT)

    def open(self, path: str, body: Any, client_request_id: str | None = None) -> Record:
        record = Record(path, body, client_request_id=client_request_id)
        self._records.append(record)
        return record

    def listed(self) -> list[dict[str, Any]]:
        """`[{"at", "path", "body", "status", "response", "client_request_id", "request_id"}]`."""
        return [asdict(record) for record in self._records]

    def clear(self) -> None:
        self._records.clear()
