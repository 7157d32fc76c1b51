"""What clients offer, as people of the console edit it: nobody's change is overwritten unseen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import many, one
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Offer:
    """One item of a collection. `author` is the name of who wrote it last; `seed` where it came from the folder."""

    id: UUID
    collection: str
    key: str
    data: dict[str, Any]
    version: int
    author: str
    updated_at: datetime


@dataclass(frozen=True)
class OfferChange:
    """One write of an item; `data` is None where it was taken away."""

    version: int
    data: dict[str, Any] | None
    author: str
    at: datetime


def _columns(source: str, at: str) -> str:
    """Authors are kept as `user:<id>`, so that somebody who changes their name, or is called `seed`, is told right.

    The id is a person's or, of a program, its key's.
    """
    name = f"""(SELECT name FROM users WHERE 'user:' || users.id = {source}.author
        UNION ALL SELECT name FROM api_keys WHERE 'user:' || api_keys.id = {source}.author)"""  # noqa: S608
    return f"version, data, coalesce({name}, {source}.author) AS author, {source}.{at}"


class Offers(Scoped):
    async def of(self, client: str, collection: str) -> list[Offer]:
        """All items in the order in which they came to be."""
        return many(
            Offer,
            await self._run(
                f"""
                SELECT id, collection, key, {_columns("item", "updated_at")} FROM collection_items item
                WHERE client = :client AND {self._mine("client")} AND collection = :collection ORDER BY id
                """,  # noqa: S608
                client=client,
                collection=collection,
            ),
        )

    async def one(self, client: str, item_id: UUID) -> Offer | None:
        return one(
            Offer,
            await self._run(
                f"""
                SELECT id, collection, key, {_columns("item", "updated_at")} FROM collection_items item
                WHERE id = :id AND client = :client AND {self._mine("client")}
                """,  # noqa: S608
                client=client,
                id=item_id,
            ),
        )

    async def add(
        self, client: str, collection: str, key: str, data: Mapping[str, Any], *, user_id: UUID
    ) -> UUID | None:
        """A new item's id. None when there is one of this key already."""
        result = await self._run(
            f"""
            WITH added AS (
                INSERT INTO collection_items (id, client, collection, key, data, author, version)
                SELECT :id, own.client, :collection, :key, :data, :author, 1 + coalesce(
                    (SELECT max(version) FROM collection_changes c
                     WHERE c.client = own.client AND c.collection = :collection AND c.key = :key), 0)
                FROM (VALUES (CAST(:client AS text))) own(client) WHERE {self._mine("own.client")}
                ON CONFLICT (client, collection, key) DO NOTHING RETURNING *
            ), noted AS (
                INSERT INTO collection_changes (id, client, collection, key, version, data, author)
                SELECT :change, client, collection, key, version, data, author FROM added
            )
            SELECT id FROM added
            """,  # noqa: S608
            json=["data"],
            id=uuid7(),
            change=uuid7(),
            client=client,
            collection=collection,
            key=key,
            data=dict(data),
            author=f"user:{user_id}",
        )
        found: UUID | None = result.scalar_one_or_none()
        return found

    async def change(self, client: str, item_id: UUID, data: Mapping[str, Any], *, seen: int, user_id: UUID) -> bool:
        """A new state of an item whose version they have `seen`. False when another one was written meanwhile."""
        result = await self._run(
            f"""
            WITH changed AS (
                UPDATE collection_items
                SET data = :data, author = :author, version = version + 1, updated_at = now()
                WHERE id = :id AND client = :client AND {self._mine("client")} AND version = :seen RETURNING *
            )
            INSERT INTO collection_changes (id, client, collection, key, version, data, author)
            SELECT :change, client, collection, key, version, data, author FROM changed
            """,  # noqa: S608
            json=["data"],
            id=item_id,
            change=uuid7(),
            client=client,
            data=dict(data),
            seen=seen,
            author=f"user:{user_id}",
        )
        return result.rowcount == 1

    async def history(self, client: str, collection: str, key: str) -> list[OfferChange]:
        """Every write of an item, the first one first."""
        return many(
            OfferChange,
            await self._run(
                f"""
                SELECT {_columns("change", "created_at")} AS at FROM collection_changes change
                WHERE client = :client AND {self._mine("client")} AND collection = :collection AND key = :key
                ORDER BY version, id
                """,  # noqa: S608
                client=client,
                collection=collection,
                key=key,
            ),
        )
