"""`/clients/{client}/audit`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.console.console import console_of
from services.console.people.access import AdminViewer

routes = APIRouter(prefix="/clients/{client}/audit")

LINES = 100


@routes.get("")
async def show(
    request: Request, viewer: AdminViewer, client: str, before: Annotated[int | None, Query(ge=0, lt=2**63)] = None
) -> Response:
    """`before` is the last deed of the page before."""
    console = console_of(request)
    async with console.store.transaction() as tx:
        deeds = await viewer.views(tx).deeds.latest(client, LINES + 1, before)
    return console.pages.page(
        request,
        "audit/audit.html",
        viewer,
        deeds=deeds[:LINES],
        before=before,
        earlier=deeds[LINES - 1].id if len(deeds) > LINES else None,
    )
