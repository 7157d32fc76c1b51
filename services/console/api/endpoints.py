"""`/webhook-endpoints`: where a client's own systems are told what happens."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from remanso.store.endpoints import Endpoint, Told
from services.console.api.caller import AdminReader, AdminWriter, Caller, Here
from services.console.api.once import Once
from services.console.api.paging import Limit, Page, PlaceCursor, cut
from services.console.api.problems import ALWAYS, CHANGES, not_found
from services.console.console import Console
from services.console.webhooks import managing
from services.console.webhooks.events import EventType

PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"

routes = APIRouter(prefix="/webhook-endpoints", tags=["Webhooks"], route_class=Once)


class EndpointIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Annotated[
        str,
        Field(
            pattern=rf"^https?://[A-Za-z0-9][A-Za-z0-9.-]{{0,200}}(?::(?:{PORT}))?(?:/[A-Za-z0-9._~/?&=%+-]*)?$",
            max_length=1000,
            description="https, and reachable from the internet.",
            examples=["https://example.org/hooks/remanso"],
        ),
    ]
    events: Annotated[list[EventType], Field(min_length=1, max_length=20)]


class EndpointOut(BaseModel):
    id: UUID
    url: str
    events: list[str]
    status: Literal["active", "failing", "paused", "disabled"]
    trouble: str | None = Field(description="Why nothing arrives at the moment.")
    disabled_reason: str | None = Field(description="Why nothing is tried any more: after three days without a yes.")
    disabled_at: datetime | None
    paused_at: datetime | None
    delivered_at: datetime | None = Field(description="When something arrived last.")
    waiting: int = Field(description="How many notifications have not been told (counted up to 1000).")
    previous_until: datetime | None = Field(description="Until when the secret before the rotation signs, too.")
    made_by: str
    created_at: datetime


class Endpoints(BaseModel):
    data: list[EndpointOut]


class SecretOut(BaseModel):
    shown_once: ClassVar[bool] = True

    id: UUID
    secret: str = Field(description="Shown this once. Give it to a Standard Webhooks library.", examples=["whsec_…"])


class AttemptOut(BaseModel):
    at: datetime
    status: int | None = Field(description="Of HTTP; null: there was no answer.")
    trouble: str | None
    seconds: float


class NotificationOut(BaseModel):
    """One event as told, or to be told, to this endpoint. `webhook-id` is msg_ and the id without dashes."""

    id: UUID
    type: str
    state: Literal["pending", "delivered", "failed"]
    created_at: datetime
    due_at: datetime = Field(description="When it is tried next, while pending.")
    tries: list[AttemptOut]


class Tested(BaseModel):
    notification_id: UUID


@routes.get("", responses=ALWAYS, summary="List endpoints")
async def find(caller: AdminReader, console: Here) -> Endpoints:
    async with console.store.transaction() as tx:
        found = await caller.views(tx).endpoints.of_client(caller.client)
    return Endpoints(data=[_told(each) for each in found])


@routes.post("", status_code=201, responses=CHANGES, summary="Add an endpoint")
async def add(caller: AdminWriter, console: Here, endpoint: EndpointIn) -> SecretOut:
    made = await managing.make(console, caller, caller.client, endpoint.url, endpoint.events)
    return SecretOut(id=made.endpoint_id, secret=made.secret)


@routes.get("/{endpoint_id}", responses=ALWAYS, summary="One endpoint")
async def show(caller: AdminReader, console: Here, endpoint_id: UUID) -> EndpointOut:
    return await _one(console, caller, endpoint_id)


@routes.put("/{endpoint_id}", responses=CHANGES, summary="Change its address or events")
async def change(caller: AdminWriter, console: Here, endpoint_id: UUID, endpoint: EndpointIn) -> EndpointOut:
    _found(await managing.change(console, caller, caller.client, endpoint_id, endpoint.url, endpoint.events))
    return await _one(console, caller, endpoint_id)


@routes.delete("/{endpoint_id}", status_code=204, responses=CHANGES, summary="Drop it, with all that waits for it")
async def drop(caller: AdminWriter, console: Here, endpoint_id: UUID) -> None:
    _found(await managing.drop(console, caller, caller.client, endpoint_id))


@routes.post("/{endpoint_id}/pause", responses=CHANGES, summary="Pause")
async def pause(caller: AdminWriter, console: Here, endpoint_id: UUID) -> EndpointOut:
    """What happens meanwhile is kept for 30 days and told afterwards."""
    _found(await managing.pause(console, caller, caller.client, endpoint_id))
    return await _one(console, caller, endpoint_id)


@routes.post("/{endpoint_id}/resume", responses=CHANGES, summary="Go on after a pause, or after it was disabled")
async def resume(caller: AdminWriter, console: Here, endpoint_id: UUID) -> EndpointOut:
    _found(await managing.resume(console, caller, caller.client, endpoint_id))
    return await _one(console, caller, endpoint_id)


@routes.post("/{endpoint_id}/rotate", responses=CHANGES, summary="Make a new secret")
async def rotate(caller: AdminWriter, console: Here, endpoint_id: UUID) -> SecretOut:
    """For 24 hours both sign."""
    made = await managing.rotate(console, caller, caller.client, endpoint_id)
    if made is None:
        raise not_found()
    return SecretOut(id=made.endpoint_id, secret=made.secret)


@routes.post("/{endpoint_id}/test", status_code=202, responses=CHANGES, summary="Send a test")
async def test(caller: AdminWriter, console: Here, endpoint_id: UUID) -> Tested:
    told = await managing.ping(console, caller, caller.client, endpoint_id)
    if told is None:
        raise not_found()
    return Tested(notification_id=told)


@routes.get("/{endpoint_id}/notifications", responses=ALWAYS, summary="What it was told, with every attempt")
async def notifications(
    caller: AdminReader, console: Here, endpoint_id: UUID, limit: Limit = 50, cursor: PlaceCursor = None
) -> Page[NotificationOut]:
    """The newest first."""
    await _one(console, caller, endpoint_id)
    async with console.store.transaction() as tx:
        endpoints = caller.views(tx).endpoints
        before = int(cursor) if cursor else None
        found = await endpoints.notifications(caller.client, endpoint_id, limit + 1, before)
    shown, last = cut(found, limit)
    return Page(data=[_notification(each) for each in shown], next=str(last.place) if last else None)


@routes.post(
    "/{endpoint_id}/notifications/{notification_id}/redeliver",
    status_code=202,
    responses=CHANGES,
    summary="Tell it once more",
)
async def redeliver(caller: AdminWriter, console: Here, endpoint_id: UUID, notification_id: UUID) -> Tested:
    """Under the same `webhook-id`."""
    _found(await managing.redeliver(console, caller, caller.client, endpoint_id, notification_id))
    return Tested(notification_id=notification_id)


async def _one(console: Console, caller: Caller, endpoint_id: UUID) -> EndpointOut:
    async with console.store.transaction() as tx:
        found = await caller.views(tx).endpoints.one(caller.client, endpoint_id)
    if found is None:
        raise not_found()
    return _told(found)


def _found(done: bool) -> None:
    if not done:
        raise not_found()


def _told(endpoint: Endpoint) -> EndpointOut:
    return EndpointOut(**{name: getattr(endpoint, name) for name in EndpointOut.model_fields})


def _notification(told: Told) -> NotificationOut:
    return NotificationOut.model_validate({name: value for name, value in vars(told).items() if name != "place"})
