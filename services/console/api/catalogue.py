"""`/catalogue`: what the client offers. The bot uses a saved change in its next turn."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from remanso.store.offers import Offer, OfferChange
from services.console.api.caller import AdminWriter, Here, Reader
from services.console.api.once import Once
from services.console.api.problems import ALWAYS, CHANGES, Fault, Problem
from services.console.catalogue.entry import Complaint, Entry, read_entry
from services.console.catalogue.fields import shown_all
from services.console.catalogue.shelf import Shelf, shelf_of, shelves
from services.console.catalogue.writing import add_item, change_item

routes = APIRouter(prefix="/catalogue", tags=["Catalogue"], route_class=Once)


class CollectionOut(BaseModel):
    name: str
    label: str
    key: str = Field(description="The field that names an item.")
    schema_: dict[str, Any] = Field(alias="schema", description="JSON Schema of an item's data.")


class Collections(BaseModel):
    data: list[CollectionOut]


class ItemOut(BaseModel):
    id: UUID
    key: str
    title: str
    active: bool = Field(description="Whether the bot offers it.")
    version: int = Field(description="Goes up with each change; send back the one you have seen.")
    author: str
    updated_at: datetime
    data: dict[str, Any]


class Items(BaseModel):
    data: list[ItemOut]


class ChangeOut(BaseModel):
    version: int
    author: str
    at: datetime
    data: dict[str, Any] | None = Field(description="null: it was taken away.")


class Changes(BaseModel):
    data: list[ChangeOut]


class ItemIn(BaseModel):
    """`data` as the collection's schema says: fields that are left out are empty."""

    model_config = ConfigDict(extra="forbid")

    data: dict[str, Any] = Field(examples=[{"slug": "pan", "name": "Pan", "price": 9, "link": "https://x.example/pan"}])
    active: StrictBool = True


class ItemChange(ItemIn):
    version: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)] = Field(description="The one you have seen.")


@routes.get("", responses=ALWAYS, summary="List collections")
async def collections(caller: Reader, console: Here) -> Collections:
    return Collections(data=[_collection(each) for each in shelves(console, caller.client)])


@routes.get("/{collection}", responses=ALWAYS, summary="List items")
async def items(
    caller: Reader,
    console: Here,
    collection: str,
    q: Annotated[str, Query(max_length=100, description="Found as the bot finds them; the best first.")] = "",
) -> Items:
    """All of them, in the order in which they came to be."""
    shelf = shelf_of(console, caller.client, collection)
    async with console.store.transaction() as tx:
        offers = await caller.views(tx).offers.of(caller.client, collection)
    return Items(data=[_item(shelf, each) for each in shelf.found(offers, q)])


@routes.post("/{collection}", status_code=201, responses=CHANGES, summary="Add an item")
async def add(caller: AdminWriter, console: Here, collection: str, item: ItemIn) -> ItemOut:
    shelf = shelf_of(console, caller.client, collection)
    entry = _checked(shelf, item, {"active": item.active})
    async with console.store.transaction() as tx:
        item_id = await add_item(tx, caller, shelf, entry)
        if item_id is None:
            raise Problem(409, "key_taken", f"There is one with this {shelf.collection.key} already. Change that one.")
        return _item(shelf, await shelf.offer(caller, tx, item_id))


@routes.get("/{collection}/{item_id}", responses=ALWAYS, summary="One item")
async def item(caller: Reader, console: Here, collection: str, item_id: UUID) -> ItemOut:
    shelf = shelf_of(console, caller.client, collection)
    async with console.store.transaction() as tx:
        return _item(shelf, await shelf.offer(caller, tx, item_id))


@routes.put("/{collection}/{item_id}", responses=CHANGES, summary="Change an item, or switch it on or off")
async def change(caller: AdminWriter, console: Here, collection: str, item_id: UUID, changed: ItemChange) -> ItemOut:
    """Nobody's change is overwritten unseen: 409 when somebody was quicker. Items are switched off, never deleted."""
    shelf = shelf_of(console, caller.client, collection)
    async with console.store.transaction() as tx:
        offer = await shelf.offer(caller, tx, item_id)
        entry = _checked(shelf, changed, {**offer.data, "active": changed.active})
        if shelf.collection.key_of(entry.item) != offer.key:
            raise Problem(409, "key_fixed", f"An item keeps its {shelf.collection.key}. Add another one instead.")
        if not await change_item(tx, caller, shelf, item_id, entry.data or {}, seen=changed.version):
            raise Problem(409, "overtaken", f"Somebody else has changed it: version {offer.version}. Read it again.")
        return _item(shelf, await shelf.offer(caller, tx, item_id))


@routes.get("/{collection}/{item_id}/history", responses=ALWAYS, summary="Every version of an item")
async def history(caller: Reader, console: Here, collection: str, item_id: UUID) -> Changes:
    """The newest first."""
    shelf = shelf_of(console, caller.client, collection)
    async with console.store.transaction() as tx:
        offer = await shelf.offer(caller, tx, item_id)
        found = await caller.views(tx).offers.history(caller.client, collection, offer.key)
    return Changes(data=[_change(each) for each in found[::-1]])


def _checked(shelf: Shelf, item: ItemIn, before: dict[str, Any]) -> Entry:
    """Read as the form on the page is. Raises Problem 422."""
    known = {field.name for field in shelf.fields}
    strange = [
        Fault(where=f"body.data.{name}", what="There is no such field.") for name in item.data if name not in known
    ]
    entry = read_entry(shelf.collection, shelf.fields, shown_all(item.data, shelf.fields), before=before)
    wrong = strange + [_fault(each) for each in entry.complaints]
    if wrong:
        raise Problem(422, "item_refused", "The item is not as its collection wants it; see errors.", errors=wrong)
    return entry


def _fault(complaint: Complaint) -> Fault:
    where = f"body.data.{complaint.field.name}" if complaint.field else "body.data"
    return Fault(where=where, what=complaint.words or " ".join(filter(None, (complaint.code, complaint.limit))))


def _collection(shelf: Shelf) -> CollectionOut:
    model = shelf.collection.model.model_json_schema()
    return CollectionOut(name=shelf.collection.name, label=shelf.label, key=shelf.collection.key, schema=model)


def _item(shelf: Shelf, offer: Offer) -> ItemOut:
    data = {name: value for name, value in offer.data.items() if name != "active"}
    told = {name: value for name, value in vars(offer).items() if name not in ("data", "collection")}
    return ItemOut(**told, title=shelf.title(offer), active=bool(offer.data.get("active", True)), data=data)


def _change(change: OfferChange) -> ChangeOut:
    return ChangeOut(**vars(change))
