"""A client's catalogue: its collections as they are stored at this moment, read anew by every question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol

import structlog
from pydantic import ValidationError

from remanso.plugin.collections import Collection, Item, ItemT
from remanso.plugin.search import best_first

log = structlog.get_logger()


@dataclass(frozen=True)
class StoredItem:
    """A row: the item's key, and its fields as JSON, which may not fit the client's model (any more)."""

    key: str
    data: dict[str, Any]


class Shelf(Protocol):
    """Where the rows of one client lie: the store in service, a list in a client's tests."""

    async def read(self, collection: str, key: str | None = None) -> Sequence[StoredItem]:
        """The rows of a collection in its order, or the one of that key."""
        ...


@dataclass(frozen=True)
class Facts:
    """What may be said about one item: `title` names it to people, `values` are its fields with their types."""

    collection: str
    key: str
    title: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Items(Generic[ItemT]):
    """Questions to one collection. Rows that do not fit the model are named in the log and left out."""

    collection: Collection[ItemT]
    shelf: Shelf

    async def get(self, key: str, *, inactive: bool = False) -> ItemT | None:
        """The item of that key; an inactive one only when asked for."""
        rows = await self.shelf.read(self.collection.name, key)
        return next(self._shown(rows, inactive), None)

    async def all(self, *, inactive: bool = False) -> list[ItemT]:
        """Every item in the collection's order, the inactive ones only when asked for."""
        return list(self._shown(await self.shelf.read(self.collection.name), inactive))

    async def search(self, text: str, *, limit: int | None = None, inactive: bool = False) -> list[ItemT]:
        """Items that have to do with `text`, the best first; all of them for a text without a topic.

        Case, accents, endings, a wrong letter and spelling by ear do not matter. Looked at are the collection's
        `search` fields.
        """
        items = await self.all(inactive=inactive)
        texts = [tuple(_worded(getattr(item, field)) for field in self.collection.search) for item in items]
        return [items[place] for place in best_first(text, texts)][:limit]

    async def facts(self) -> list[Facts]:
        """What may be said about each active item, for a check of what the bot says."""
        name, key, title = self.collection.name, self.collection.key_of, self.collection.title_of
        return [Facts(name, key(item), title(item), dict(item.facts())) for item in await self.all()]

    def _shown(self, rows: Sequence[StoredItem], inactive: bool) -> Iterator[ItemT]:
        for row in rows:
            item = self._read(row)
            if item is not None and (item.active or inactive):
                yield item

    def _read(self, row: StoredItem) -> ItemT | None:
        try:
            return self.collection.model.model_validate(row.data)
        except ValidationError as problem:
            fields = sorted({".".join(map(str, error["loc"])) for error in problem.errors()})
        except Exception as problem:  # a client's validator may fail in any way
            fields = [type(problem).__name__]
        log.warning("collection.item_skipped", collection=self.collection.name, key=row.key, fields=fields)
        return None


@dataclass(frozen=True)
class Catalogue:
    """All collections of one client, found by their models."""

    collections: Sequence[Collection[Any]]
    shelf: Shelf

    def of(self, model: type[ItemT]) -> Items[ItemT]:
        """The collection of `model`. Raises LookupError when the client declares none."""
        for collection in self.collections:
            if collection.model is model:
                return Items(collection, self.shelf)
        raise LookupError(f"no collection of {model.__name__} among the client's `collections`")

    async def facts(self) -> list[Facts]:
        """Of every active item of every collection."""
        everything: list[Items[Item]] = [Items(collection, self.shelf) for collection in self.collections]
        return [fact for items in everything for fact in await items.facts()]


def _worded(value: Any) -> str:
    """A field as words: lists are words one after the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return " ".join(_worded(part) for part in value)
    return "" if value is None else str(value)
