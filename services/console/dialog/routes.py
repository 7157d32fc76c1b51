"""`/conversations/{conversation_id}`: the three columns; and the parts of it that are drawn again alone."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from services.console.console import console_of
from services.console.dialog.scene import dialog_of
from services.console.inbox.lines import last_line
from services.console.inbox.listing import Asked, page_of
from services.console.live.turns import Redraw
from services.console.people.access import MemberViewer

routes = APIRouter(prefix="/conversations/{conversation_id}")


@routes.get("")
async def show(
    request: Request,
    viewer: MemberViewer,
    conversation_id: UUID,
    listing: Asked,
    all: bool = False,  # noqa: A002
) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        dialog = await dialog_of(console, tx, viewer, conversation_id, whole=all)
        page = await page_of(tx, viewer, listing)
        counts = await viewer.views(tx).inbox.counts(viewer.user.id, listing.of)
    return console.pages.page(
        request,
        "inbox/inbox.html",
        viewer,
        page=page,
        counts=counts,
        listing=listing,
        here=str(dialog.held.id),
        last_line=last_line,
        problem="",
        **vars(dialog),
    )


@routes.get("/thread")
async def thread(
    _: Redraw,
    request: Request,
    viewer: MemberViewer,
    conversation_id: UUID,
    listing: Asked,
    all: bool = False,  # noqa: A002
) -> Response:
    """The dialog without the list, for the script that keeps it fresh."""
    console = console_of(request)
    async with console.store.transaction() as tx:
        dialog = await dialog_of(console, tx, viewer, conversation_id, whole=all)
    return console.pages.page(request, "dialog/dialog.html", viewer, listing=listing, problem="", **vars(dialog))


@routes.post("/read")
async def read(request: Request, viewer: MemberViewer, conversation_id: UUID) -> Response:
    """The viewer has it before their eyes. No deed: looking is not acting."""
    async with console_of(request).store.transaction() as tx:
        views = viewer.views(tx)
        held = await views.holding.get(conversation_id)
        if held is None:
            raise HTTPException(404)
        await views.inbox.mark_read(viewer.user.id, held.id)
    return Response(status_code=204)
