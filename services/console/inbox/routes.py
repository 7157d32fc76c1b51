"""`/inbox`: the list, alone or (in services.console.dialog) beside a dialog; `/inbox/rows` is a page of it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.console import console_of
from services.console.inbox.lines import last_line
from services.console.inbox.listing import Asked, page_of
from services.console.live.turns import Redraw
from services.console.people.access import MemberViewer

routes = APIRouter()


@routes.get("/inbox")
async def show(request: Request, viewer: MemberViewer, listing: Asked) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        page = await page_of(tx, viewer, listing)
        counts = await viewer.views(tx).inbox.counts(viewer.user.id, listing.of)
    return console.pages.page(
        request,
        "inbox/inbox.html",
        viewer,
        page=page,
        counts=counts,
        listing=listing,
        here=None,
        last_line=last_line,
    )


@routes.get("/inbox/rows")
async def rows(_: Redraw, request: Request, viewer: MemberViewer, listing: Asked, here: str = "") -> Response:
    """A page of the list, for the script that keeps it fresh or asks for more."""
    console = console_of(request)
    async with console.store.transaction() as tx:
        page = await page_of(tx, viewer, listing)
        counts = await viewer.views(tx).inbox.counts(viewer.user.id, listing.of)
    return console.pages.page(
        request,
        "inbox/rows.html",
        viewer,
        page=page,
        counts=counts,
        listing=listing,
        here=here,
        last_line=last_line,
    )


@routes.get("/inbox/waiting")
async def waiting(_: Redraw, request: Request, viewer: MemberViewer) -> dict[str, int]:
    """How many of the viewer's conversations need a person, and for how many of these nobody came: what every page
    shows, and rings for."""
    async with console_of(request).store.transaction() as tx:
        counts = await viewer.views(tx).inbox.counts(viewer.user.id, None)
    return {"waiting": counts.needs_human, "missed": counts.missed}
