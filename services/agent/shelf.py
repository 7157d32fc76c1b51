"""A client's collections as they are stored, read anew by every question: what was saved counts from then on."""

from dataclasses import dataclass

from remanso.plugin.catalogue import Catalogue, StoredItem
from services.agent.assignment import Assignment


@dataclass(frozen=True)
class StoredShelf:
    assignment: Assignment

    async def read(self, collection: str, key: str | None = None) -> list[StoredItem]:
        async with self.assignment.store.transaction() as tx:
            rows = await tx.collections.items(self.assignment.client.name, collection, key)
        return [StoredItem(row.key, row.data) for row in rows]


def catalogue(assignment: Assignment) -> Catalogue:
    """What the assignment's client offers."""
    return Catalogue(assignment.client.collections, StoredShelf(assignment))
