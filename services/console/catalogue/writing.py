"""Changes of a collection, each with its deed, in the caller's transaction: for the pages and for the API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from remanso.store import Transaction
from services.console.catalogue.entry import Entry
from services.console.catalogue.shelf import Shelf
from services.console.people.viewer import Viewer


async def add_item(tx: Transaction, viewer: Viewer, shelf: Shelf, entry: Entry) -> UUID | None:
    """The new item's id. None when there is one of this key already."""
    key = shelf.collection.key_of(entry.item)
    offers, name = viewer.views(tx).offers, shelf.collection.name
    item_id = await offers.add(shelf.client, name, key, entry.data or {}, user_id=viewer.user.id)
    if item_id:
        await viewer.did(tx, "item.added", client=shelf.client, subject=f"item:{item_id}")
    return item_id


async def change_item(
    tx: Transaction,
    viewer: Viewer,
    shelf: Shelf,
    item_id: UUID,
    data: Mapping[str, Any],
    *,
    seen: int,
    deed: str = "item.saved",
) -> bool:
    """False when somebody else has changed it since the version that they have `seen`."""
    saved = await viewer.views(tx).offers.change(shelf.client, item_id, data, seen=seen, user_id=viewer.user.id)
    if saved:
        await viewer.did(tx, deed, client=shelf.client, subject=f"item:{item_id}")
    return saved
