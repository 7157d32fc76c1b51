"""The whole simulator on a real socket, and a business's webhook endpoint that answers what a test orders."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import HttpUrl, SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from remanso.runtime.http import serving
from services.simulator.app import create_app
from services.simulator.settings import MADE_UP_NUMBER, BusinessNumber, SimulatorSettings
from services.simulator.simulator import Simulator
from tests.support.waiting import eventually

Json = dict[str, Any]
SECRET, VERIFY_TOKEN, TOKEN = "made-up-secret", "made-up-verify-token", "made-up-token"
NUMBER = MADE_UP_NUMBER.phone_number_id
OTHER_NUMBER = BusinessNumber(
    phone_number_id="800000000000002", display_phone_number="+52 1 55 5555 0202", waba_id="900000000000002", name="Otra"
)
ANA, BRUNO, CARLA = "5491155550111", "5215555550122", "34600000133"


class Endpoint:
    """Takes webhooks: 401 for a bad signature, else the next ordered status, else 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    def clear(self) -> None:
        for record in (self.answers, self.bodies, self.headers):
            record.clear()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self._verify, methods=["GET"]), Route("/", self._take, methods=["POST"])])

    async def _verify(self, request: Request) -> Response:
        genuine = request.query_params["hub.verify_token"] == VERIFY_TOKEN
        return PlainTextResponse(request.query_params["hub.challenge"], 200 if genuine else 403)

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        if request.headers.get("x-hub-signature-256") != signature:
            return Response(status_code=401)
        status = self.answers.pop(0) if self.answers else 200
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        return Response(status_code=status)

    def values(self) -> Iterator[Json]:
        for body in self.bodies:
            for entry in json.loads(body)["entry"]:
                for change in entry["changes"]:
                    yield change["value"]

    def messages(self) -> list[Json]:
        return [message for value in self.values() for message in value.get("messages", ())]

    def statuses(self) -> list[Json]:
        return [status for value in self.values() for status in value.get("statuses", ())]

    async def told(self, count: int) -> list[Json]:
        """The first `count` statuses, once they have come."""
        await eventually(lambda: len(self.statuses()) >= count)
        return self.statuses()


class Stage:
    """A running simulator and what a test does with it: as business, as contact, as the hand that steers it."""

    def __init__(self, origin: str, simulator: Simulator, endpoint: Endpoint, http: httpx.AsyncClient) -> None:
        self.origin, self.simulator, self.endpoint, self.http = origin, simulator, endpoint, http

    async def clear(self) -> None:
        await self.order("reset")
        self.endpoint.clear()

    async def order(self, path: str, method: str = "POST", **body: Any) -> Any:
        """Ask the control API."""
        response = await self.http.request(method, f"/control/{path}", json=body if method == "POST" else None)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def see(self, path: str) -> Any:
        return await self.order(path, "GET")

    async def fail(self, kind: str, times: int | None = 1, **fault: Any) -> None:
        await self.order("graph/faults", faults=[{"kind": kind, "times": times, **fault}])

    async def hear(self, *messages: Json, contact: str = ANA, **burst: Any) -> list[str]:
        """The contact writes; the wamids."""
        told = await self.order(f"contacts/{contact}/send", messages=list(messages), **burst)
        return list(told["wamids"])

    async def open_window(self, contact: str = ANA) -> str:
        return (await self.hear({"type": "text", "text": "hola"}, contact=contact))[0]

    async def post(self, body: Any, *, number: str = NUMBER, token: str = TOKEN, timeout: float = 5) -> httpx.Response:
        """A POST to the number's messages, as it is."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.http.post(f"/graph/v25.0/{number}/messages", json=body, headers=headers, timeout=timeout)

    async def say(self, text: str = "hola", to: str = ANA, **more: Any) -> httpx.Response:
        return await self.post({**said(text, to), **more})

    async def conversation(self, contact: str = ANA) -> list[Json]:
        return list(await self.see(f"conversations/{contact}"))


def said(text: str = "hola", to: str = ANA) -> Json:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": text}}


@asynccontextmanager
async def running_stage() -> AsyncIterator[Stage]:
    endpoint = Endpoint()
    async with serving(endpoint.app(), "127.0.0.1", 0) as webhook_port:
        settings = SimulatorSettings(
            simulator_webhook_url=HttpUrl(f"http://127.0.0.1:{webhook_port}/"),
            simulator_app_secret=SecretStr(SECRET),
            simulator_verify_token=SecretStr(VERIFY_TOKEN),
            simulator_access_token=SecretStr(TOKEN),
            simulator_numbers=[MADE_UP_NUMBER, OTHER_NUMBER],
        )
        simulator = Simulator(settings)
        async with serving(create_app(simulator), "127.0.0.1", 0) as port, simulator:
            origin = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=origin, trust_env=False) as http:
                yield Stage(origin, simulator, endpoint, http)
