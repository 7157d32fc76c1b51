"""Several debouncers at the same people at the same time: nobody waits in a circle."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

from remanso.events import Envelope
from remanso.model.content import Content, IdentityChange, Location, Text
from remanso.model.message import Sender
from remanso.store import Store
from services.debouncer.intake import take_in
from tests.support.scene import seal
from tests.support.school import config, person, said

DEBOUNCERS, BATCHES = 4, 12
HASTY = config(
    flood={"messages": 100_000, "seconds": 1}, burst={"quiet": 0.001, "quiet_when_finished": 0.001, "longest": 0.002}
)


def _batch(people: list[Sender], dice: random.Random) -> list[Envelope]:
    """Everything that writes rows of a person: names that change, places, new numbers, in any order of people."""
    batch = []
    for who in dice.sample(people, k=8):
        named = who.model_copy(update={"profile_name": f"Ana {dice.random()}"})
        contents: list[Content] = [
            Text(text="hola"),
            Location(latitude=dice.random(), longitude=0),
            IdentityChange(reason="new number", new_wa_id=f"1{who.wa_id}"),
        ]
        batch.append(
            said(named, dice.choice(contents), sent_at=datetime.now(UTC) - timedelta(seconds=dice.randrange(60)))
        )
    return batch


async def test_no_deadlocks(store: Store) -> None:
    people = [person() for _ in range(10)]
    stored: list[Envelope] = []

    async def work(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(BATCHES):
            batch = _batch(people, dice)
            async with store.transaction() as tx:  # a deadlock would raise StoreUnavailable here
                await take_in(tx, HASTY, batch)
            stored.extend(batch)

    async def sweep() -> None:
        while len(stored) < DEBOUNCERS * BATCHES * 8:
            await seal(store)

    await asyncio.gather(*(work(seed) for seed in range(DEBOUNCERS)), sweep())
