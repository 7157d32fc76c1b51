"""`/clients/{client}/replies`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from services.console.console import Console, console_of
from services.console.people.access import MemberViewer
from services.console.people.viewer import Viewer
from services.console.redirects import see

routes = APIRouter(prefix="/clients/{client}/replies")

Text = Annotated[str, Form()]


@routes.get("")
async def show(request: Request, viewer: MemberViewer, client: str) -> Response:
    return await _page(request, viewer, client)


@routes.post("")
async def save(request: Request, viewer: MemberViewer, client: str, title: Text = "", text: Text = "") -> Response:
    if not title.strip() or not text.strip():
        return await _page(request, viewer, client, 422, title=title, text=text, problem="empty")
    await save_reply(console_of(request), viewer, client, title, text)
    return see(f"/clients/{client}/replies")


@routes.post("/{reply_id}/drop")
async def drop(request: Request, viewer: MemberViewer, client: str, reply_id: UUID) -> Response:
    if not await drop_reply(console_of(request), viewer, client, reply_id):
        raise HTTPException(404)
    return see(f"/clients/{client}/replies")


async def save_reply(console: Console, viewer: Viewer, client: str, title: str, text: str) -> UUID:
    async with console.store.transaction() as tx:
        reply_id = await viewer.views(tx).holding.save_reply(client, title.strip()[:60], text.strip()[:4096])
        await viewer.did(tx, "reply.saved", client=client, subject=f"reply:{reply_id}")
    return reply_id


async def drop_reply(console: Console, viewer: Viewer, client: str, reply_id: UUID) -> bool:
    """False when there is none."""
    async with console.store.transaction() as tx:
        dropped = await viewer.views(tx).holding.drop_reply(client, reply_id)
        if dropped:
            await viewer.did(tx, "reply.dropped", client=client, subject=f"reply:{reply_id}")
    return dropped


async def _page(
    request: Request,
    viewer: Viewer,
    client: str,
    status: int = 200,
    *,
    title: str = "",
    text: str = "",
    problem: str = "",
) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        replies = await viewer.views(tx).holding.saved_replies(client)
    return console.pages.page(
        request,
        "replies/replies.html",
        viewer,
        status=status,
        replies=replies,
        title=title,
        text=text,
        problem=problem,
    )
