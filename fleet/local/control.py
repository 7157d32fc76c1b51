"""The simulator's control API, as far as a scripted conversation needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]


@dataclass(frozen=True)
class Control:
    """`url` is the simulator's origin. Raises httpx.HTTPError when the simulator refuses or is gone."""

    http: httpx.AsyncClient
    url: str

    async def write(self, wa_id: str, messages: Sequence[Mapping[str, Any]], **how: Any) -> list[str]:
        """Have a contact send messages; `how` as in the control API (`repeat`, `profile_name`, …). Gives the wamids."""
        answer = await self._call("POST", f"contacts/{wa_id}/send", {"messages": list(messages), **how})
        return list(answer["wamids"])

    async def conversation(self, wa_id: str) -> list[Json]:
        """All that was said, in the order of acceptance; `direction` is `in` or `out`."""
        return list(await self._call("GET", f"conversations/{wa_id}"))

    async def model_requests(self) -> list[Json]:
        return list(await self._call("GET", "openai/requests"))

    async def script_model(self, *replies: Mapping[str, Any]) -> None:
        await self._call("POST", "openai/script", {"replies": list(replies)})

    async def break_model(self, kind: str) -> None:
        """Have every model call fail in this way until `mend_model`."""
        await self._call("POST", "openai/faults", {"faults": [{"kind": kind}]})

    async def mend_model(self) -> None:
        await self._call("DELETE", "openai/faults")

    async def _call(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = await self.http.request(method, f"{self.url}/control/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None
