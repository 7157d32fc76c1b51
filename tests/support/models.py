"""Models over real sockets: the OpenAI stand-in, and a question as agents ask it."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from remanso.plugin.model_profile import ModelProfile
from services.agent.asking import ContactText, Instruction, ModelReply, ModelRequest, ModelUnavailable, PromptItem
from services.agent.models.port import Models
from tests.support import school
from tests.support.agents import Runs, tools
from tests.support.lone_simulator import Business

HELLO: Sequence[PromptItem] = (Instruction("Sé breve."), ContactText("hola"))
DOLLAR = Decimal(1_000_000)


class StandIn:
    """The OpenAI stand-in, told what to say and how to fail."""

    def __init__(self, business: Business, http: httpx.AsyncClient) -> None:
        self.base_url = f"{business.simulator_url}/openai/v1"
        self._http = http

    async def script(self, *replies: dict[str, Any]) -> None:
        await self._post("script", {"replies": replies})

    async def fail(self, kind: str, **fault: Any) -> None:
        await self._post("faults", {"faults": [{"kind": kind, **fault}]})

    async def mend(self) -> None:
        (await self._http.delete("/control/openai/faults")).raise_for_status()

    async def asked(self) -> list[dict[str, Any]]:
        return list((await self._http.get("/control/openai/requests")).raise_for_status().json())

    async def is_asked(self) -> bool:
        return bool(await self.asked())

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        (await self._http.post(f"/control/openai/{path}", json=body)).raise_for_status()


def connect(base_url: str, **options: Any) -> AbstractAsyncContextManager[Models]:
    return Models.connect(base_url, "a-key", **options)


def question(*items: PromptItem, may_call: bool = True, seconds_left: float = 60.0, **profile: Any) -> ModelRequest:
    price = {"input": DOLLAR, "cached": 0, "output": DOLLAR, "valid_from": "2026-11-01"}
    return ModelRequest(
        profile=ModelProfile.model_validate({"model": "gpt-6-luna", "prices": [price], **profile}),
        items=items or HELLO,
        tools=tools(Runs()),
        may_call=may_call,
        label="turn/1/1",
        cache_key=school.NAME,
        asked_at=datetime(2026, 11, 25, tzinfo=UTC),
        seconds_left=seconds_left,
    )


async def ask(base_url: str, request: ModelRequest, **options: Any) -> ModelReply:
    async with connect(base_url, **options) as model, asyncio.timeout(20):
        return await model.ask(request)


async def unavailable(base_url: str, request: ModelRequest, **options: Any) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as problem:
        await ask(base_url, request, **options)
    return problem.value
