"""Items of clients' collections: written by seeding and by people, each write with its line in the history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, many, storable

SEED = "seed"
"""The author of what came from a client's folder."""


@dataclass(frozen=True)
class CollectionItem:
    """`version` counts the writes of this key; `author` made the last one."""

    key: str
    data: dict[str, Any]
    version: int
    author: str
    updated_at: datetime


@dataclass(frozen=True)
class CollectionChange:
    """`data` is None where the item was taken away."""

    key: str
    version: int
    data: dict[str, Any] | None
    author: str
    created_at: datetime


@dataclass(frozen=True)
class Seeded:
    """How many items a seeding wrote."""

    added: int
    refreshed: int


_COLUMNS = "key, data, version, author, updated_at"


class Collections(Repository):
    async def items(self, client: str, collection: str, key: str | None = None) -> list[CollectionItem]:
        """The rows of a collection in the order in which they came to be, or the one of that key."""
        return many(
            CollectionItem,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM collection_items
                WHERE client = :client AND collection = :collection AND key = coalesce(:key, key) ORDER BY id
                """,  # noqa: S608
                client=client,
                collection=collection,
                key=key,
            ),
        )

    async def save(self, client: str, collection: str, key: str, data: Mapping[str, Any], *, author: str) -> int:
        """A person's new state of an item, there already or not; gives its version."""
        result = await self._run(
            """
            WITH saved AS (
                INSERT INTO collection_items AS item (id, client, collection, key, data, author, version)
                VALUES (:id, :client, :collection, :key, :data, :author, 1 + coalesce(
                    (SELECT max(version) FROM collection_changes
                     WHERE client = :client AND collection = :collection AND key = :key), 0))
                ON CONFLICT (client, collection, key) DO UPDATE
                SET data = EXCLUDED.data, author = EXCLUDED.author, version = item.version + 1, updated_at = now()
                RETURNING *
            )
            INSERT INTO collection_changes (id, client, collection, key, version, data, author)
            SELECT :change, client, collection, key, version, data, author FROM saved RETURNING version
            """,
            json=["data"],
            id=uuid7(),
            change=uuid7(),
            client=client,
            collection=collection,
            key=key,
            data=dict(data),
            author=author,
        )
        version: int = result.scalar_one()
        return version

    async def remove(self, client: str, collection: str, key: str, *, author: str) -> bool:
        """Takes an item away; no seed brings it back. False when there is none."""
        result = await self._run(
            """
            WITH gone AS (
                DELETE FROM collection_items WHERE client = :client AND collection = :collection AND key = :key
                RETURNING *
            )
            INSERT INTO collection_changes (id, client, collection, key, version, data, author)
            SELECT :change, client, collection, key, version + 1, NULL, :author FROM gone
            """,
            change=uuid7(),
            client=client,
            collection=collection,
            key=key,
            author=author,
        )
        return result.rowcount == 1

    async def history(self, client: str, collection: str, key: str) -> list[CollectionChange]:
        """Every write of a key, the first one first."""
        return many(
            CollectionChange,
            await self._run(
                """
                SELECT key, version, data, author, created_at FROM collection_changes
                WHERE client = :client AND collection = :collection AND key = :key ORDER BY version, id
                """,
                client=client,
                collection=collection,
                key=key,
            ),
        )

    async def seed(
        self, client: str, collection: str, items: Mapping[str, Mapping[str, Any]], *, refresh: bool
    ) -> Seeded:
        """Adds the items that are missing; with `refresh` those that differ are written as well.

        What a person has written or taken away is never touched, whoever else seeds at the same time.
        """
        result = await self._run(
            """
            WITH seeds AS (
                SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:changes AS uuid[]), CAST(:keys AS text[]),
                                     CAST(:datas AS jsonb[])) AS seed(id, change, key, data)
            ), written AS (
                INSERT INTO collection_items AS item (id, client, collection, key, data, author)
                SELECT id, :client, :collection, key, data, :seed FROM seeds
                WHERE NOT EXISTS (
                    SELECT FROM collection_changes c WHERE c.client = :client AND c.collection = :collection
                    AND c.key = seeds.key AND c.author <> :seed)
                ORDER BY key
                ON CONFLICT (client, collection, key) DO UPDATE
                SET data = EXCLUDED.data, version = item.version + 1, updated_at = now()
                WHERE CAST(:refresh AS boolean) AND item.author = :seed AND item.data <> EXCLUDED.data
                RETURNING *
            )
            INSERT INTO collection_changes (id, client, collection, key, version, data, author)
            SELECT seeds.change, client, collection, key, version, written.data, author
            FROM written JOIN seeds USING (key) RETURNING version
            """,
            ids=[uuid7() for _ in items],
            changes=[uuid7() for _ in items],
            keys=list(items),
            datas=[json.dumps(storable(data)) for data in items.values()],
            client=client,
            collection=collection,
            seed=SEED,
            refresh=refresh,
        )
        versions = list(result.scalars())
        return Seeded(added=versions.count(1), refreshed=len(versions) - versions.count(1))
