"""POSTs on `/conversations/{conversation_id}`: each answers with the dialog as it is then."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from services.console.console import console_of
from services.console.dialog.answer import dialog_again
from services.console.inbox.listing import Asked, Listing
from services.console.people.access import MemberViewer
from services.console.people.viewer import Viewer
from services.console.takeover import taking

routes = APIRouter(prefix="/conversations/{conversation_id}")


@routes.post("/take-over")
async def take_over(
    request: Request,
    viewer: MemberViewer,
    conversation_id: UUID,
    listing: Asked,
    from_another: Annotated[bool, Form()] = False,
) -> Response:
    taken = taking.take_over(console_of(request), viewer, conversation_id, from_another=from_another)
    return await _answer(request, viewer, conversation_id, listing, taken)


@routes.post("/extend")
async def extend(request: Request, viewer: MemberViewer, conversation_id: UUID, listing: Asked) -> Response:
    extended = taking.extend(console_of(request), viewer, conversation_id)
    return await _answer(request, viewer, conversation_id, listing, extended)


@routes.post("/hand-back")
async def hand_back(request: Request, viewer: MemberViewer, conversation_id: UUID, listing: Asked) -> Response:
    handed_back = taking.hand_back(console_of(request), viewer, conversation_id)
    return await _answer(request, viewer, conversation_id, listing, handed_back)


@routes.post("/seen-to")
async def see_to(request: Request, viewer: MemberViewer, conversation_id: UUID, listing: Asked) -> Response:
    seen_to = taking.see_to(console_of(request), viewer, conversation_id)
    return await _answer(request, viewer, conversation_id, listing, seen_to)


@routes.post("/close")
async def close(
    request: Request,
    viewer: MemberViewer,
    conversation_id: UUID,
    listing: Asked,
    closed: Annotated[bool, Form()] = True,
) -> Response:
    done = taking.set_closed(console_of(request), viewer, conversation_id, closed=closed)
    return await _answer(request, viewer, conversation_id, listing, done)


async def _answer(
    request: Request, viewer: Viewer, conversation_id: UUID, listing: Listing, doing: Awaitable[None]
) -> Response:
    try:
        await doing
    except taking.HeldByAnother:
        return await dialog_again(request, viewer, conversation_id, listing, 409, "held")
    return await dialog_again(request, viewer, conversation_id, listing)
