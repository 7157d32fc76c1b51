"""The OpenAI stand-in on a real socket, with the control API beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from openai import AsyncOpenAI

from remanso.runtime.http import serving
from services.simulator.connections import TransportInScope
from services.simulator.openai.api import OpenAIStandIn

KEY = "sk-test-of-the-stand-in"


@dataclass
class Running:
    """A running stand-in: its address, a control client, and SDK clients on demand."""

    origin: str
    control: httpx.AsyncClient
    stand_in: OpenAIStandIn

    def client(self, key: str = KEY) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=f"{self.origin}/openai/v1", api_key=key, max_retries=0)

    async def script(self, *replies: dict[str, Any]) -> None:
        (await self.control.post("/script", json={"replies": replies})).raise_for_status()

    async def fail(self, *faults: dict[str, Any]) -> None:
        (await self.control.post("/faults", json={"faults": faults})).raise_for_status()

    async def requests(self) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = (await self.control.get("/requests")).json()
        return asked


@asynccontextmanager
async def running_stand_in() -> AsyncIterator[Running]:
    stand_in = OpenAIStandIn(KEY)
    public, control = stand_in.routers()
    app = FastAPI()
    app.add_middleware(TransportInScope)
    app.include_router(public, prefix="/openai/v1")
    app.include_router(control, prefix="/control/openai")
    async with serving(app, "127.0.0.1", 0) as port:
        origin = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=f"{origin}/control/openai", trust_env=False) as client:
            yield Running(origin, client, stand_in)
