"""`/conversations/{conversation_id}/media/{message_id}`: the bytes, from our rows or, for a week, from Meta."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from remanso.channels.whatsapp.media import NoFile
from remanso.errors import ConfigurationError
from remanso.store.about import FileAt
from services.console.console import Console, console_of
from services.console.media.ranges import part_of
from services.console.people.access import MemberViewer
from services.console.people.viewer import Viewer

routes = APIRouter(prefix="/conversations/{conversation_id}/media")

LARGEST = 25_000_000
SECONDS = 20.0
SHOWN = {
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/amr",
    "video/mp4",
    "video/3gpp",
}
"""What a browser may show in the page; anything else (SVG and HTML could hold scripts) is only ever downloaded."""


@routes.get("/{message_id}")
async def file(request: Request, viewer: MemberViewer, conversation_id: UUID, message_id: UUID) -> Response:
    whole = await file_of(console_of(request), viewer, conversation_id, message_id)
    return _part(whole, request.headers.get("range"))


def _part(whole: Response, asked: str | None) -> Response:
    """What a player asked for of a file."""
    body, whole.headers["accept-ranges"] = bytes(whole.body), "bytes"
    try:
        part = part_of(asked, len(body))
    except ValueError:
        return Response(status_code=416, headers={"content-range": f"bytes */{len(body)}"})
    if part is None:
        return whole
    first, behind = part
    kept = {name: value for name, value in whole.headers.items() if name != "content-length"}
    told = f"bytes {first}-{behind - 1}/{len(body)}"
    return Response(body[first:behind], 206, {**kept, "content-range": told})


async def file_of(console: Console, viewer: Viewer, conversation_id: UUID, message_id: UUID) -> Response:
    """The answer with its bytes. Raises 404 for what is not the viewer's, 410 for what nobody has any more."""
    async with console.store.transaction() as tx:
        views = viewer.views(tx)
        held = await views.holding.get(conversation_id)
        found = await views.about.file(held.id, message_id) if held else None
    if found is None or held is None:
        raise HTTPException(404)
    content, told = (found.content, found.mime_type) if found.content else await _fetched(console, found, held.channel)
    mime_type = (told or "").partition(";")[0].strip().lower()
    shown = mime_type in SHOWN
    name = quote(found.filename or f"{found.kind}-{message_id}")
    return Response(
        bytes(content),
        media_type=mime_type if shown else "application/octet-stream",
        headers={
            "content-disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "private, max-age=3600",
        },
    )


async def _fetched(console: Console, found: FileAt, channel: str) -> tuple[bytes, str | None]:
    """From Meta. Raises 410 when it is not to be had (any more)."""
    client = console.registry.clients.get(found.client)
    if client is None or found.media_id is None:
        raise HTTPException(410)
    try:
        token = client.secret("access_token")
        file = await console.media.fetch(channel, token, found.media_id, largest=LARGEST, seconds=SECONDS)
    except (NoFile, ConfigurationError):
        raise HTTPException(410) from None
    return file.content, file.mime_type or found.mime_type
