"""`/clients/{client}/api/webhooks`: endpoints, and the log of each."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from services.console.console import console_of
from services.console.people.access import AdminViewer
from services.console.people.viewer import Viewer
from services.console.redirects import see
from services.console.webhooks import managing
from services.console.webhooks.address import Refused
from services.console.webhooks.events import SUBSCRIBED
from services.console.webhooks.managing import Made

routes = APIRouter(prefix="/clients/{client}/api/webhooks")

SHOWN = 50
EVENTS = [event.type for event in SUBSCRIBED]

Text = Annotated[str, Form()]
Events = Annotated[list[str], Form()]


@routes.get("")
async def show(request: Request, viewer: AdminViewer, client: str) -> Response:
    return await _list(request, viewer, client)


@routes.post("")
async def add(
    request: Request,
    viewer: AdminViewer,
    client: str,
    url: Text = "",
    event: Events = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """The secret is shown in the answer itself, this once."""
    wanted = [each for each in EVENTS if each in event]
    if not wanted:
        return await _list(request, viewer, client, 422, url=url, problem="events")
    try:
        made = await managing.make(console_of(request), viewer, client, url.strip(), wanted)
    except Refused:
        return await _list(request, viewer, client, 422, url=url, problem="address")
    return await _one(request, viewer, client, made.endpoint_id, made=made)


@routes.get("/{endpoint_id}")
async def look(
    request: Request, viewer: AdminViewer, client: str, endpoint_id: UUID, before: int | None = None
) -> Response:
    return await _one(request, viewer, client, endpoint_id, before=before)


@routes.post("/{endpoint_id}")
async def change(
    request: Request,
    viewer: AdminViewer,
    client: str,
    endpoint_id: UUID,
    url: Text = "",
    event: Events = [],  # noqa: B006
) -> Response:
    wanted = [each for each in EVENTS if each in event]
    if not wanted:
        return await _one(request, viewer, client, endpoint_id, 422, problem="events")
    try:
        changed = await managing.change(console_of(request), viewer, client, endpoint_id, url.strip(), wanted)
    except Refused:
        return await _one(request, viewer, client, endpoint_id, 422, problem="address")
    return _back(client, endpoint_id, found=changed)


@routes.post("/{endpoint_id}/pause")
async def pause(request: Request, viewer: AdminViewer, client: str, endpoint_id: UUID) -> Response:
    return _back(client, endpoint_id, found=await managing.pause(console_of(request), viewer, client, endpoint_id))


@routes.post("/{endpoint_id}/resume")
async def resume(request: Request, viewer: AdminViewer, client: str, endpoint_id: UUID) -> Response:
    return _back(client, endpoint_id, found=await managing.resume(console_of(request), viewer, client, endpoint_id))


@routes.post("/{endpoint_id}/test")
async def test(request: Request, viewer: AdminViewer, client: str, endpoint_id: UUID) -> Response:
    told = await managing.ping(console_of(request), viewer, client, endpoint_id)
    return _back(client, endpoint_id, found=told is not None)


@routes.post("/{endpoint_id}/rotate")
async def rotate(request: Request, viewer: AdminViewer, client: str, endpoint_id: UUID) -> Response:
    made = await managing.rotate(console_of(request), viewer, client, endpoint_id)
    if made is None:
        raise HTTPException(404)
    return await _one(request, viewer, client, endpoint_id, made=made)


@routes.post("/{endpoint_id}/drop")
async def drop(request: Request, viewer: AdminViewer, client: str, endpoint_id: UUID) -> Response:
    if not await managing.drop(console_of(request), viewer, client, endpoint_id):
        raise HTTPException(404)
    return see(f"/clients/{client}/api/webhooks")


@routes.post("/{endpoint_id}/notifications/{notification_id}/redeliver")
async def redeliver(
    request: Request, viewer: AdminViewer, client: str, endpoint_id: UUID, notification_id: UUID
) -> Response:
    again = await managing.redeliver(console_of(request), viewer, client, endpoint_id, notification_id)
    return _back(client, endpoint_id, found=again)


def _back(client: str, endpoint_id: UUID, *, found: bool) -> Response:
    if not found:
        raise HTTPException(404)
    return see(f"/clients/{client}/api/webhooks/{endpoint_id}")


async def _list(
    request: Request, viewer: Viewer, client: str, status: int = 200, *, url: str = "", problem: str = ""
) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        endpoints = await viewer.views(tx).endpoints.of_client(client)
    return console.pages.page(
        request,
        "webhooks/webhooks.html",
        viewer,
        status=status,
        endpoints=endpoints,
        events=EVENTS,
        url=url,
        problem=problem,
    )


async def _one(
    request: Request,
    viewer: Viewer,
    client: str,
    endpoint_id: UUID,
    status: int = 200,
    *,
    made: Made | None = None,
    problem: str = "",
    before: int | None = None,
) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        endpoints = viewer.views(tx).endpoints
        endpoint = await endpoints.one(client, endpoint_id)
        if endpoint is None:
            raise HTTPException(404)
        told = await endpoints.notifications(client, endpoint_id, SHOWN + 1, before)
    return console.pages.page(
        request,
        "webhooks/endpoint.html",
        viewer,
        status=status,
        endpoint=endpoint,
        told=told[:SHOWN],
        older=told[SHOWN - 1].place if len(told) > SHOWN else None,
        events=EVENTS,
        made=made,
        problem=problem,
    )
