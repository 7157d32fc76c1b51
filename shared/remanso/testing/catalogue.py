"""A client's catalogue without a database: items in memory, as the store would give them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from remanso.plugin.catalogue import Catalogue, StoredItem
from remanso.plugin.collections import Collection, Item
from remanso.plugin.registry import load_client
from remanso.plugin.seeds import read_seeds


class MemoryShelf:
    """Rows in lists, by the name of their collection."""

    def __init__(self, rows: dict[str, list[StoredItem]]) -> None:
        self.rows = rows

    async def read(self, collection: str, key: str | None = None) -> list[StoredItem]:
        return [row for row in self.rows.get(collection, []) if key is None or row.key == key]


def catalogue_of(collections: Sequence[Collection[Any]], *items: Item) -> Catalogue:
    """A catalogue that holds exactly these items."""
    rows: dict[str, list[StoredItem]] = {collection.name: [] for collection in collections}
    for item in items:
        collection = next(found for found in collections if found.model is type(item))
        rows[collection.name].append(StoredItem(collection.key_of(item), item.model_dump(mode="json")))
    return Catalogue(collections, MemoryShelf(rows))


def seeded_catalogue(folder: Path) -> Catalogue:
    """The catalogue that the client in `folder` starts with. Raises ConfigurationError for a client that is broken."""
    collections = load_client(folder, with_tools=True, environ={}).collections
    rows = {
        collection.name: [StoredItem(key, data) for key, data in read_seeds(folder, collection).items()]
        for collection in collections
    }
    return Catalogue(collections, MemoryShelf(rows))
