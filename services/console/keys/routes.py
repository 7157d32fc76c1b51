"""`/clients/{client}/api`: the keys of the API."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from remanso.model.api_key import KeyScope
from services.console.api.app import PREFIX
from services.console.console import console_of
from services.console.keys.making import NewKey, make_key, revoke_key
from services.console.people.access import AdminViewer
from services.console.people.viewer import Viewer
from services.console.redirects import see

routes = APIRouter(prefix="/clients/{client}/api")

LASTS = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365), "never": None}

Text = Annotated[str, Form()]


@routes.get("")
async def show(request: Request, viewer: AdminViewer, client: str) -> Response:
    return await _page(request, viewer, client)


@routes.post("/keys")
async def make(
    request: Request,
    viewer: AdminViewer,
    client: str,
    name: Text = "",
    scope: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    lasts: Text = "365",
) -> Response:
    """Shown this once, in the answer itself: a reload makes another one, and nothing of it is kept anywhere."""
    scopes = [each for each in KeyScope if each in scope]
    if not name.strip() or not scopes or lasts not in LASTS:
        return await _page(request, viewer, client, 422, problem="form")
    made = await make_key(console_of(request), viewer, client, name.strip()[:60], scopes, LASTS[lasts])
    return await _page(request, viewer, client, made=made)


@routes.post("/keys/{key_id}/revoke")
async def revoke(request: Request, viewer: AdminViewer, client: str, key_id: UUID) -> Response:
    if not await revoke_key(console_of(request), viewer, client, key_id):
        raise HTTPException(404)
    return see(f"/clients/{client}/api")


async def _page(
    request: Request,
    viewer: Viewer,
    client: str,
    status: int = 200,
    *,
    made: NewKey | None = None,
    problem: str = "",
) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        keys = await viewer.views(tx).keys.of_client(client)
    return console.pages.page(
        request,
        "keys/keys.html",
        viewer,
        status=status,
        keys=keys,
        made=made,
        scopes=list(KeyScope),
        lasts=list(LASTS),
        address=console.link(PREFIX),
        problem=problem,
    )
