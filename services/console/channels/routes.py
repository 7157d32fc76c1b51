"""`/clients/{client}/channels`."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from services.console.channels.standing import expires, numbers, parked
from services.console.channels.trial import send_trial
from services.console.composer.refusals import NotSaid
from services.console.composer.saying import composed
from services.console.composer.templates import filled, templates_for
from services.console.console import console_of
from services.console.pages.pages import language_of
from services.console.people.access import AdminViewer
from services.console.redirects import see
from services.console.takeover.taking import locked

routes = APIRouter(prefix="/clients/{client}/channels")

Field = Annotated[str, Form()]
Key = Annotated[str, Form(max_length=64)]

MOST_REACHABLE = 30


@routes.get("")
async def show(request: Request, viewer: AdminViewer, client: str, sent: UUID | None = None) -> Response:
    return await _page(request, viewer, client, sent=sent)


@routes.post("/test")
async def test(
    request: Request,
    viewer: AdminViewer,
    client: str,
    conversation_id: Annotated[UUID, Form()],
    key: Key = "",
    text: Field = "",
    template: Field = "",
    gap: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """With `template` that one, its gaps filled; else `text`."""
    console = console_of(request)
    try:
        if template:
            async with console.store.transaction() as tx:
                held = await locked(tx, viewer, conversation_id)
                if held.client != client:
                    raise HTTPException(404)
                business = console.registry.clients.get(client)
                said = filled(await templates_for(tx, business, held.channel), template, gap)
        else:
            said = composed(text, [])
        await send_trial(console, viewer, client, conversation_id, said, key or str(uuid4()))
    except NotSaid as refused:
        return await _page(request, viewer, client, 422, problem=refused.why)
    return see(f"/clients/{client}/channels?sent={conversation_id}")


async def _page(
    request: Request,
    viewer: AdminViewer,
    client: str,
    status: int = 200,
    *,
    problem: str = "",
    sent: UUID | None = None,
) -> Response:
    console = console_of(request)
    language, business = language_of(request, viewer), console.registry.clients.get(client)
    async with console.store.transaction() as tx:
        lines = viewer.views(tx).lines
        stopped = [parked(each, language) for each in await tx.parkings.all_open([client])]
        known, heard = await tx.health.channels_of(client), await lines.heard(client)
        templates, accounts = await tx.health.templates_of(client), await tx.health.accounts_of(client)
        tested_at = await lines.tested_at(client)
        people = await lines.reachable(client, console.settings.window, MOST_REACHABLE)
        channels = [each.phone_number_id for each in business.config.channels] if business else []
        fillable = {each.key: each for channel in channels for each in await templates_for(tx, business, channel)}
    return console.pages.page(
        request,
        "channels/channels.html",
        viewer,
        status=status,
        numbers=numbers(business, known, heard, stopped),
        others=[each for each in stopped if not each.channels],
        templates=templates,
        fillable=fillable,
        accounts=accounts,
        expires=expires,
        tested_at=tested_at,
        people=people,
        key=str(uuid4()),
        problem=problem,
        sent=sent,
    )
