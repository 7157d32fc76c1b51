"""`/clients/{client}/contacts/{contact_id}/privacy`."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from remanso.errors import PublishFailed
from remanso.events import ConversationChanged, wrap
from remanso.runtime.export import archive
from remanso.runtime.forgetting import forget
from remanso.store import Transaction
from services.console.console import Console, console_of
from services.console.people.access import AdminViewer
from services.console.people.viewer import Viewer
from services.console.redirects import see

routes = APIRouter(prefix="/clients/{client}/contacts/{contact_id}/privacy")

CONFIRMED = {"olvidar", "forget"}
"""What has to be typed before somebody is forgotten, in either language."""


@routes.get("")
async def show(request: Request, viewer: AdminViewer, client: str, contact_id: UUID) -> Response:
    return await _page(request, viewer, client, contact_id)


@routes.post("/archive")
async def export(request: Request, viewer: AdminViewer, client: str, contact_id: UUID) -> Response:
    """The archive, as a download; that it was made is written down first."""
    console = console_of(request)
    async with console.store.transaction() as tx:
        await _theirs(tx, viewer, client, contact_id)
        await viewer.did(tx, "contact.exported", client=client, subject=f"contact:{contact_id}")
    return Response(
        await archive(console.store, client, contact_id),
        media_type="application/zip",
        headers={
            "content-disposition": f'attachment; filename="contact-{contact_id}.zip"',
            "cache-control": "no-store",
        },
    )


@routes.post("/forget")
async def forget_contact(
    request: Request, viewer: AdminViewer, client: str, contact_id: UUID, confirmed: Annotated[str, Form()] = ""
) -> Response:
    """Once and for all. The deed is written down after it, and names nobody."""
    if confirmed.strip().lower() not in CONFIRMED:
        return await _page(request, viewer, client, contact_id, 422, "confirm")
    console = console_of(request)
    async with console.store.transaction() as tx:
        await _theirs(tx, viewer, client, contact_id)
        person = await tx.persons.of(client, contact_id)
    try:
        await forget(console.store, console.graveyard, client, contact_id, who=viewer.user.name, user_id=viewer.user.id)
    except PublishFailed:
        return await _page(request, viewer, client, contact_id, 503, "broker")
    async with console.store.transaction() as tx:
        await viewer.did(tx, "contact.forgotten", client=client)
    await _announce(console, client, person.conversations if person else ())
    return see("/")


async def _page(
    request: Request, viewer: Viewer, client: str, contact_id: UUID, status: int = 200, problem: str = ""
) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        await _theirs(tx, viewer, client, contact_id)
        contact = await tx.contacts.get(contact_id)
    return console.pages.page(
        request,
        "privacy/privacy.html",
        viewer,
        status=status,
        client=client,
        contact=contact,
        contact_id=contact_id,
        problem=problem,
    )


async def _theirs(tx: Transaction, viewer: Viewer, client: str, contact_id: UUID) -> None:
    """Raises 404 for a contact who is not this client's, or no more."""
    if not await viewer.views(tx).spending.has_contact(client, contact_id):
        raise HTTPException(404)


async def _announce(console: Console, client: str, conversations: Iterable[UUID]) -> None:
    """Whoever has one of them open sees it go."""
    changes = (ConversationChanged(conversation_id=each, what="mode") for each in conversations)
    await console.publisher.hint(*(wrap(change, client) for change in changes))
