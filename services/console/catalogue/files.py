"""A collection as a file: out, and in again."""

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from remanso.store.offers import Offers
from services.console.catalogue.sheets import LARGEST, Line, Sheet, read_sheet, written
from services.console.catalogue.shelf import Shelf, shelf_of
from services.console.console import console_of
from services.console.pages.pages import language_of
from services.console.people.access import AdminViewer, MemberViewer
from services.console.people.viewer import Viewer
from services.console.redirects import see

routes = APIRouter()


class Overtaken(Exception):
    """Somebody saved an item of the file at the same moment: nothing of the file goes in."""


@routes.get("/{collection_id}/file/export")
async def export(request: Request, viewer: MemberViewer, client: str, collection_id: str) -> Response:
    console = console_of(request)
    shelf = shelf_of(console, client, collection_id)
    async with console.store.transaction() as tx:
        offers = await viewer.views(tx).offers.of(client, collection_id)
    headers = {"content-disposition": f'attachment; filename="{client}-{collection_id}.csv"'}
    sheet = written(shelf.fields, offers, language_of(request, viewer))
    return Response(sheet, media_type="text/csv; charset=utf-8", headers=headers)


@routes.get("/{collection_id}/file/import")
async def ask(request: Request, viewer: AdminViewer, client: str, collection_id: str) -> Response:
    return _page(request, viewer, shelf_of(console_of(request), client, collection_id), Sheet(), 200)


@routes.post("/{collection_id}/file/import")
async def take_in(request: Request, viewer: AdminViewer, client: str, collection_id: str) -> Response:
    console = console_of(request)
    shelf = shelf_of(console, client, collection_id)
    content = await _uploaded(request)
    if not content or len(content) > LARGEST:
        return _page(request, viewer, shelf, Sheet(problem="large" if content else "empty"))
    try:
        async with console.store.transaction() as tx:
            offers = viewer.views(tx).offers
            sheet = read_sheet(content, shelf.collection, shelf.fields, await offers.of(client, collection_id))
            if sheet.problem or sheet.wrong:
                return _page(request, viewer, shelf, sheet)
            told = {"added": 0, "changed": 0}
            for line in sheet.lines:
                if item_id := await _write(offers, shelf, line, viewer):
                    told["changed" if line.old else "added"] += 1
                    await viewer.did(tx, "item.imported", client=client, subject=f"item:{item_id}")
    except Overtaken:
        return _page(request, viewer, shelf, Sheet(problem="overtaken"), 409)
    return see(f"{shelf.path}?done=imported&{urlencode(told)}")


async def _write(offers: Offers, shelf: Shelf, line: Line, viewer: Viewer) -> UUID | None:
    """The id of the item that was written; None where it says already what the line says."""
    old, data = line.old, line.entry.data or {}
    if old and old.data == data:
        return None
    if old:
        done = await offers.change(shelf.client, old.id, data, seen=old.version, user_id=viewer.user.id)
        item_id = old.id if done else None
    else:
        key = shelf.collection.key_of(line.entry.item)
        item_id = await offers.add(shelf.client, shelf.collection.name, key, data, user_id=viewer.user.id)
    if item_id is None:
        raise Overtaken
    return item_id


async def _uploaded(request: Request) -> bytes:
    async with request.form(max_files=1) as form:
        file = form.get("file")
        return await file.read(LARGEST + 1) if isinstance(file, UploadFile) else b""


def _page(request: Request, viewer: Viewer, shelf: Shelf, sheet: Sheet, status: int = 422) -> Response:
    return console_of(request).pages.page(
        request, "catalogue/import.html", viewer, status=status, shelf=shelf, sheet=sheet
    )
