"""The way to the operators' collector, for an app that tells how it is."""

from types import TracebackType
from typing import Self

import httpx

from remanso.errors import RemansoError, Unavailable
from remanso.model.app_key import SIGNATURE_HEADER, AppKey
from remanso.model.heartbeat import Heartbeat

TIMEOUT_SECONDS = 5.0


class HeartbeatRefused(RemansoError):
    """The collector does not take it; the text is the collector's own."""


class CollectorUnavailable(Unavailable):
    """The collector does not answer."""


class CollectorClient:
    def __init__(self, url: str, key: AppKey) -> None:
        self._url, self._key = url, key
        self._http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def tell(self, heartbeat: Heartbeat) -> None:
        """Raises HeartbeatRefused, CollectorUnavailable."""
        body = heartbeat.model_dump_json().encode()
        headers = {SIGNATURE_HEADER: self._key.sign(body), "Content-Type": "application/json"}
        try:
            answer = await self._http.post(
                f"{self._url}/collector/apps/{heartbeat.app}/heartbeat", content=body, headers=headers
            )
        except httpx.HTTPError as problem:
            raise CollectorUnavailable(type(problem).__name__) from None
        if answer.status_code >= 500:
            raise CollectorUnavailable(f"answered {answer.status_code}")
        if answer.is_error:
            raise HeartbeatRefused(f"{answer.status_code}: {answer.text.strip()[:200]}")
