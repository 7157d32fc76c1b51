"""The simulator as a process of its own, with a business at its webhook that only does what a test says."""

import asyncio
import hashlib
import hmac
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fleet.local.ports import free_ports
from remanso.runtime.http import serving

Json = dict[str, Any]
LOOPBACK = "127.0.0.1"
APP_SECRET, VERIFY_TOKEN, ACCESS_TOKEN = "a-secret", "a-verify-token", "a-token"
PHONE_NUMBER_ID = "800000000000001"


class Business:
    """Answers 200 to every genuine webhook, remembers it, and writes through the simulator's Graph API."""

    def __init__(self) -> None:
        self.messages: list[Json] = []
        self._news = asyncio.Condition()
        self.simulator_url = ""

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self._verify, methods=["GET"]), Route("/", self._hear, methods=["POST"])])

    async def _verify(self, request: Request) -> Response:
        genuine = request.query_params["hub.verify_token"] == VERIFY_TOKEN
        return PlainTextResponse(request.query_params["hub.challenge"], 200 if genuine else 403)

    async def _hear(self, request: Request) -> Response:
        body = await request.body()
        signature = "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        if request.headers["X-Hub-Signature-256"] != signature:
            return Response(status_code=401)
        values = [change["value"] for entry in json.loads(body)["entry"] for change in entry["changes"]]
        async with self._news:
            self.messages += [message for value in values for message in value.get("messages", ())]
            self._news.notify_all()
        return Response(status_code=200)

    async def hears(self, enough: Callable[[list[Json]], bool], *, within: float = 20.0) -> list[Json]:
        """All messages so far, once they are `enough`. Raises TimeoutError."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: enough(self.messages))
            return list(self.messages)

    async def says(self, to: str, **message: Any) -> str:
        """Send a message (`type="text", text={…}`); its wamid."""
        answer = await self._post({"recipient_type": "individual", "to": f"+{to}", **message})
        return str(answer["messages"][0]["id"])

    async def reads(self, wamid: str) -> None:
        """Mark everything up to `wamid` as read, and be typing."""
        await self._post({"status": "read", "message_id": wamid, "typing_indicator": {"type": "text"}})

    async def _post(self, body: Json) -> Json:
        url = f"{self.simulator_url}/graph/v25.0/{PHONE_NUMBER_ID}/messages"
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {ACCESS_TOKEN}"}) as client:
            response = await client.post(url, json={"messaging_product": "whatsapp", **body})
            return dict(response.raise_for_status().json())

    async def control(self, method: str, path: str) -> Any:
        """Ask the simulator's control API."""
        async with httpx.AsyncClient() as client:
            response = (await client.request(method, f"{self.simulator_url}/control/{path}")).raise_for_status()
            return response.json() if response.content else None


@asynccontextmanager
async def lone_simulator() -> AsyncIterator[Business]:
    """The business in front of a running simulator; both are gone after the block."""
    business = Business()
    async with serving(business.app(), LOOPBACK, 0) as webhook_port:
        [port] = free_ports(1)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.simulator", env=os.environ | _settings(port, webhook_port)
        )
        try:
            business.simulator_url = f"http://{LOOPBACK}:{port}"
            await _until_up(business, process)
            yield business
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _settings(port: int, webhook_port: int) -> dict[str, str]:
    return {
        "REMANSO_HTTP_HOST": LOOPBACK,
        "REMANSO_HTTP_PORT": str(port),
        "REMANSO_OPS_HOST": LOOPBACK,
        "REMANSO_OPS_PORT": "0",
        "REMANSO_SIMULATOR_WEBHOOK_URL": f"http://{LOOPBACK}:{webhook_port}/",
        "REMANSO_SIMULATOR_APP_SECRET": APP_SECRET,
        "REMANSO_SIMULATOR_VERIFY_TOKEN": VERIFY_TOKEN,
        "REMANSO_SIMULATOR_ACCESS_TOKEN": ACCESS_TOKEN,
    }


async def _until_up(business: Business, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(90):  # a busy machine gets its time
        while process.returncode is None:
            try:
                await business.control("GET", "state")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise RuntimeError(f"the simulator ended with code {process.returncode}")
