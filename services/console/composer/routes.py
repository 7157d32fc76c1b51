"""`/conversations/{conversation_id}/say` and `…/note`."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from services.console.bodies import UPLOAD
from services.console.composer.refusals import NotSaid
from services.console.composer.saying import composed, note, say
from services.console.composer.templates import filled, templates_for
from services.console.composer.uploads import uploaded
from services.console.console import console_of
from services.console.dialog.answer import dialog_again
from services.console.inbox.listing import Asked
from services.console.people.access import MemberViewer, SignedInFirst
from services.console.takeover.taking import locked

routes = APIRouter(prefix="/conversations/{conversation_id}", route_class=SignedInFirst)

Field = Annotated[str, Form()]
Key = Annotated[str, Form(max_length=64)]


@routes.post("/say", max_body_size=UPLOAD)
async def speak(
    request: Request,
    viewer: MemberViewer,
    conversation_id: UUID,
    listing: Asked,
    key: Key = "",
    text: Field = "",
    button: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    file: UploadFile | None = None,
) -> Response:
    """`key` is made by the page: what a browser sends again after a broken connection is said once."""
    console = console_of(request)
    try:
        upload = await uploaded(file, console.settings.largest_upload)
        said = composed(text, button, upload)
        await say(console, viewer, conversation_id, said, key or str(uuid4()), upload)
    except NotSaid as refused:
        return await dialog_again(request, viewer, conversation_id, listing, 422, refused.why)
    return await dialog_again(request, viewer, conversation_id, listing)


@routes.post("/template")
async def send_template(
    request: Request,
    viewer: MemberViewer,
    conversation_id: UUID,
    listing: Asked,
    key: Key = "",
    template: Field = "",
    gap: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    console = console_of(request)
    try:
        async with console.store.transaction() as tx:
            held = await locked(tx, viewer, conversation_id)
            client = console.registry.clients.get(held.client)
            said = filled(await templates_for(tx, client, held.channel), template, gap)
        await say(console, viewer, conversation_id, said, key or str(uuid4()))
    except NotSaid as refused:
        return await dialog_again(request, viewer, conversation_id, listing, 422, refused.why)
    return await dialog_again(request, viewer, conversation_id, listing)


@routes.post("/note")
async def write_note(
    request: Request, viewer: MemberViewer, conversation_id: UUID, listing: Asked, key: Key = "", text: Field = ""
) -> Response:
    try:
        await note(console_of(request), viewer, conversation_id, text, key or str(uuid4()))
    except NotSaid as refused:
        return await dialog_again(request, viewer, conversation_id, listing, 422, refused.why)
    return await dialog_again(request, viewer, conversation_id, listing)
