"""Items of collections: seeds fill what is missing, people have the last word, every write is remembered."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from remanso.store import Store
from remanso.store.collections import Seeded

PAN, FOTO = {"slug": "pan", "price": "12.5"}, {"slug": "foto", "price": "20"}
SEEDS = {"pan": PAN, "foto": FOTO}


@pytest.fixture
def client() -> str:
    """A business nobody has seeded yet."""
    return f"client-{uuid4().hex[:8]}"


async def seed(store: Store, client: str, seeds: dict[str, Any], *, refresh: bool = False) -> Seeded:
    async with store.transaction() as tx:
        return await tx.collections.seed(client, "courses", seeds, refresh=refresh)


async def rows(store: Store, client: str, key: str | None = None) -> dict[str, dict[str, Any]]:
    async with store.transaction() as tx:
        return {row.key: row.data for row in await tx.collections.items(client, "courses", key)}


async def test_seeds_come_in_their_order_and_once(store: Store, client: str) -> None:
    assert await seed(store, client, SEEDS) == Seeded(2, 0)
    assert await seed(store, client, SEEDS, refresh=True) == Seeded(0, 0)
    assert list((await rows(store, client)).items()) == [("pan", PAN), ("foto", FOTO)]
    assert await rows(store, client, "foto") == {"foto": FOTO}
    assert await rows(store, "somebody-else") == {}


async def test_a_changed_seed_is_taken_only_when_asked_to_refresh(store: Store, client: str) -> None:
    await seed(store, client, SEEDS)
    dearer = {**SEEDS, "pan": {**PAN, "price": "15"}}
    assert await seed(store, client, dearer) == Seeded(0, 0)
    assert await seed(store, client, dearer, refresh=True) == Seeded(0, 1)
    assert (await rows(store, client))["pan"]["price"] == "15"


async def test_what_a_person_wrote_or_took_away_stays_so(store: Store, client: str) -> None:
    await seed(store, client, SEEDS)
    async with store.transaction() as tx:
        assert await tx.collections.save(client, "courses", "pan", {**PAN, "price": "9"}, author="ana") == 2
        assert await tx.collections.remove(client, "courses", "foto", author="ana")
        assert not await tx.collections.remove(client, "courses", "foto", author="ana")
    assert await seed(store, client, {**SEEDS, "pan": {**PAN, "price": "99"}}, refresh=True) == Seeded(0, 0)
    assert await rows(store, client) == {"pan": {**PAN, "price": "9"}}


async def test_every_write_is_remembered(store: Store, client: str) -> None:
    await seed(store, client, {"pan": PAN})
    async with store.transaction() as tx:
        await tx.collections.remove(client, "courses", "pan", author="ana")
        assert await tx.collections.save(client, "courses", "pan", FOTO, author="bea") == 3
        written = await tx.collections.history(client, "courses", "pan")
    assert [(change.version, change.author, change.data) for change in written] == [
        (1, "seed", PAN),
        (2, "ana", None),
        (3, "bea", FOTO),
    ]


async def test_seeding_and_saving_at_the_same_time_keep_the_persons_word(store: Store, client: str) -> None:
    """Whoever comes first: many agents start while somebody saves."""
    await seed(store, client, SEEDS)
    newer = {key: {**data, "price": "1"} for key, data in reversed(SEEDS.items())}

    async def save() -> None:
        async with store.transaction() as tx:
            await tx.collections.save(client, "courses", "pan", {**PAN, "price": "2"}, author="ana")

    await asyncio.gather(*(seed(store, client, newer, refresh=True) for _ in range(4)), save())
    assert await rows(store, client) == {"pan": {**PAN, "price": "2"}, "foto": {**FOTO, "price": "1"}}
