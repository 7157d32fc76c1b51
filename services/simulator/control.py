"""The control API: how tests, the demonstration and the phone page play the world outside (docs/simulator.md)."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel, ConfigDict, Field

from services.simulator.contacts.business_app import Echo, Preference
from services.simulator.contacts.handsets import Burst
from services.simulator.contacts.raw_webhooks import RawWebhooks
from services.simulator.events import Event
from services.simulator.graph.faults import Fault
from services.simulator.graph.news import NumberNews, TemplateNews
from services.simulator.graph.pace import Limits
from services.simulator.graph.ratings import Rating
from services.simulator.graph.receipts import Steering
from services.simulator.graph.templates import Definition
from services.simulator.graph.usage import UsageState
from services.simulator.simulator import Simulator

Json = dict[str, Any]


class FaultsOrder(BaseModel):
    """Faults to add behind those already ordered."""

    model_config = ConfigDict(extra="forbid")

    faults: list[Fault]


class TemplatesOrder(BaseModel):
    """Templates to approve, or to replace."""

    model_config = ConfigDict(extra="forbid")

    templates: list[Definition]


class LimitsOrder(BaseModel):
    """How fast numbers may send from now on; what is left out is Meta's usual."""

    model_config = ConfigDict(extra="forbid")

    throughput: float = Field(default=Limits.throughput, ge=1)
    pair_burst: int = Field(default=Limits.pair_burst, ge=1)
    pair_seconds: float = Field(default=Limits.pair_seconds, gt=0)


def control_router(simulator: Simulator) -> APIRouter:
    """Everything below `/control` but the OpenAI stand-in's part."""
    router = APIRouter()
    router.include_router(_world(simulator))
    router.include_router(_contacts(simulator))
    router.include_router(_webhooks(simulator))
    router.include_router(_graph(simulator), prefix="/graph")
    return router


def _world(simulator: Simulator) -> APIRouter:
    router = APIRouter(tags=["control"])

    @router.get("/state")
    async def state() -> Json:
        graph = simulator.graph
        return {
            "simulator": True,
            "numbers": [number.model_dump() for number in graph.numbers.values()],
            "contacts": [asdict(contact) for contact in graph.phone_book],
            "webhook": {"url": simulator.post.url, "verified": simulator.handshake.verified},
            "faults": [fault.model_dump() for fault in graph.faults.pending()],
            "receipts": graph.receipts.steering.model_dump(),
            "limits": asdict(graph.pace.limits),
        }

    @router.post("/reset", status_code=204)
    async def reset() -> None:
        simulator.reset()

    @router.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterator[Event]:
        async for event in simulator.events.watch():
            yield event

    return router


def _contacts(simulator: Simulator) -> APIRouter:
    router = APIRouter(tags=["control: contacts"])

    @router.post("/contacts/{wa_id}/send")
    async def send(wa_id: str, burst: Burst) -> Json:
        return await simulator.handsets.write(wa_id, burst)

    @router.post("/contacts/{wa_id}/echo")
    async def echo(wa_id: str, echo: Echo) -> Json:
        return await simulator.business_app.answer(wa_id, echo)

    @router.post("/contacts/{wa_id}/preference")
    async def preference(wa_id: str, preference: Preference) -> Json:
        return await simulator.business_app.prefer(wa_id, preference)

    @router.get("/conversations/{wa_id}")
    async def conversation(wa_id: str) -> list[Json]:
        return [utterance.shown() for utterance in simulator.graph.conversations.of(wa_id)]

    return router


def _webhooks(simulator: Simulator) -> APIRouter:
    router = APIRouter(tags=["control: webhooks"])

    @router.post("/webhooks")
    async def post(order: RawWebhooks) -> Json:
        return await simulator.raw_post.send(order)

    @router.get("/webhooks")
    async def attempts() -> list[Json]:
        return [asdict(attempt) for attempt in simulator.post.attempts]

    @router.post("/webhooks/verify")
    async def verify() -> Json:
        return {"verified": await simulator.handshake.shake()}

    return router


def _graph(simulator: Simulator) -> APIRouter:
    router = APIRouter(tags=["control: graph"])
    graph = simulator.graph

    @router.get("/requests")
    async def requests() -> list[Json]:
        return [request.shown() for request in graph.requests]

    @router.get("/faults")
    async def pending_faults() -> list[Json]:
        return [fault.model_dump() for fault in graph.faults.pending()]

    @router.post("/faults")
    async def order_faults(order: FaultsOrder) -> Json:
        graph.faults.order(order.faults)
        return {"waiting": len(graph.faults.pending())}

    @router.delete("/faults", status_code=204)
    async def clear_faults() -> None:
        graph.faults.clear()

    @router.post("/receipts")
    async def steer_receipts(steering: Steering) -> Json:
        graph.receipts.steer(steering)
        return steering.model_dump()

    @router.post("/limits")
    async def set_limits(order: LimitsOrder) -> Json:
        graph.pace.reset(Limits(**order.model_dump()))
        return order.model_dump()

    @router.post("/numbers/{phone_number_id}/rating")
    async def rate(phone_number_id: str, rating: Rating) -> Json:
        graph.ratings.rate(phone_number_id, rating)
        return rating.model_dump()

    @router.post("/usage")
    async def set_usage(usage: UsageState) -> Json:
        graph.usage = usage
        return usage.model_dump()

    @router.post("/templates")
    async def approve_templates(order: TemplatesOrder) -> Json:
        for definition in order.templates:
            graph.templates.approve(definition)
        return {"approved": len(order.templates)}

    @router.get("/templates")
    async def templates() -> list[Json]:
        return [one.shown() | {"account": one.account} for one in graph.templates]

    @router.post("/templates/news")
    async def template_news(news: TemplateNews) -> Json:
        return await simulator.news.of_template(news)

    @router.post("/numbers/news")
    async def number_news(news: NumberNews) -> Json:
        return await simulator.news.of_number(news)

    return router
