"""`/clients/{client}/catalogue`: lists, an item's form, the switch."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from remanso.plugin.collections import Collection
from remanso.store.offers import Offer
from services.console.catalogue.changes import differences, told
from services.console.catalogue.entry import Complaint, Entry, read_entry
from services.console.catalogue.fields import shown_all
from services.console.catalogue.files import routes as files
from services.console.catalogue.shelf import Shelf, shelf_of, shelves
from services.console.catalogue.writing import add_item, change_item
from services.console.console import console_of
from services.console.people.access import AdminViewer, MemberViewer
from services.console.people.roles import Role
from services.console.people.viewer import Viewer
from services.console.redirects import see

routes = APIRouter(prefix="/clients/{client}/catalogue")
NEW_ITEM: dict[str, Any] = {}


@routes.get("")
async def start(request: Request, viewer: MemberViewer, client: str) -> Response:
    console = console_of(request)
    found = shelves(console, client)
    return see(found[0].path) if found else console.pages.page(request, "catalogue/none.html", viewer)


@routes.get("/{collection_id}")
async def show(
    request: Request,
    viewer: MemberViewer,
    client: str,
    collection_id: str,
    q: str = "",
    done: str = "",
    added: int = 0,
    changed: int = 0,
) -> Response:
    """`added` and `changed` count what an import has just done."""
    console = console_of(request)
    shelf = shelf_of(console, client, collection_id)
    async with console.store.transaction() as tx:
        offers = await viewer.views(tx).offers.of(client, collection_id)
    return console.pages.page(
        request,
        "catalogue/catalogue.html",
        viewer,
        shelf=shelf,
        shelves=shelves(console, client),
        offers=shelf.found(offers, q),
        total=len(offers),
        q=q,
        done=done,
        added=added,
        changed=changed,
        edits=viewer.may(Role.ADMIN, client),
    )


@routes.get("/{collection_id}/new")
async def blank(request: Request, viewer: AdminViewer, client: str, collection_id: str) -> Response:
    shelf = shelf_of(console_of(request), client, collection_id)
    return await _form(request, viewer, shelf, None, Entry(shown_all(NEW_ITEM, shelf.fields), ()))


@routes.post("/{collection_id}/new")
async def add(request: Request, viewer: AdminViewer, client: str, collection_id: str) -> Response:
    console = console_of(request)
    shelf = shelf_of(console, client, collection_id)
    form = await _typed(request)
    entry = read_entry(shelf.collection, shelf.fields, form, before=NEW_ITEM)
    if entry.data is None or "preview" in form:
        return await _form(request, viewer, shelf, None, entry, 422 if entry.complaints else 200)
    async with console.store.transaction() as tx:
        item_id = await add_item(tx, viewer, shelf, entry)
    if item_id is None:
        taken = Complaint(_key_field(shelf), "taken")
        return await _form(request, viewer, shelf, None, Entry(entry.typed, [taken]), 422)
    return see(f"{shelf.path}/{item_id}?done=saved")


@routes.get("/{collection_id}/{item_id}")
async def edit(
    request: Request, viewer: MemberViewer, client: str, collection_id: str, item_id: UUID, done: str = ""
) -> Response:
    console = console_of(request)
    shelf = shelf_of(console, client, collection_id)
    async with console.store.transaction() as tx:
        offer = await shelf.offer(viewer, tx, item_id)
    entry = read_entry(shelf.collection, shelf.fields, shown_all(offer.data, shelf.fields), before=offer.data)
    return await _form(request, viewer, shelf, offer, entry, done=done)


@routes.post("/{collection_id}/{item_id}")
async def save(request: Request, viewer: AdminViewer, client: str, collection_id: str, item_id: UUID) -> Response:
    """409, with what they typed still there, when somebody else has saved since they opened the form."""
    console = console_of(request)
    shelf = shelf_of(console, client, collection_id)
    form = await _typed(request)
    async with console.store.transaction() as tx:
        offer = await shelf.offer(viewer, tx, item_id)
        typed = {**form, shelf.collection.key: offer.key}
        entry = read_entry(shelf.collection, shelf.fields, typed, before=offer.data)
        asked = entry.data is not None and "preview" not in form
        saved = asked and await change_item(tx, viewer, shelf, item_id, entry.data or {}, seen=_seen(form))
        if not saved:
            offer = await shelf.offer(viewer, tx, item_id)
    if saved:
        return see(f"{shelf.path}/{item_id}?done=saved")
    if not asked:
        seen = _seen(form)
        return await _form(request, viewer, shelf, offer, entry, 422 if entry.complaints else 200, seen=seen)
    return await _form(request, viewer, shelf, offer, entry, 409, overtaken=True)


@routes.post("/{collection_id}/{item_id}/active")
async def switch(
    request: Request,
    viewer: AdminViewer,
    client: str,
    collection_id: str,
    item_id: UUID,
    active: Annotated[bool, Form()] = False,
    version: Annotated[int, Form()] = 0,
) -> Response:
    """Whether the bot offers it. Nothing else of the item is touched; who has seen another version is told."""
    console = console_of(request)
    shelf = shelf_of(console, client, collection_id)
    async with console.store.transaction() as tx:
        offer = await shelf.offer(viewer, tx, item_id)
        data = {**offer.data, "active": active}
        saved = await change_item(tx, viewer, shelf, item_id, data, seen=version, deed="item.switched")
    return see(f"{shelf.path}?done={'switched' if saved else 'overtaken'}")


routes.include_router(files)


async def _typed(request: Request) -> dict[str, str]:
    async with request.form(max_files=0) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _seen(form: dict[str, str]) -> int:
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _key_field(shelf: Shelf) -> Any:
    collection: Collection[Any] = shelf.collection
    return next(field for field in shelf.fields if field.name == collection.key)


async def _form(
    request: Request,
    viewer: Viewer,
    shelf: Shelf,
    offer: Offer | None,
    entry: Entry,
    status: int = 200,
    *,
    seen: int | None = None,
    overtaken: bool = False,
    done: str = "",
) -> Response:
    """With what was typed. After an overtaken save it holds the version that stands now: the next one is meant."""
    console = console_of(request)
    history = []
    if offer:
        async with console.store.transaction() as tx:
            history = await viewer.views(tx).offers.history(shelf.client, shelf.collection.name, offer.key)
    return console.pages.page(
        request,
        "catalogue/item.html",
        viewer,
        status=status,
        shelf=shelf,
        offer=offer,
        entry=entry,
        version=seen if seen is not None else offer.version if offer else 0,
        apart=differences(shelf.fields, offer.data, entry.data) if overtaken and offer and entry.data else (),
        overtaken=overtaken,
        previews=shelf.previews(entry.item),
        history=told(shelf.fields, history),
        done=done,
        edits=viewer.may(Role.ADMIN, shelf.client),
    )
