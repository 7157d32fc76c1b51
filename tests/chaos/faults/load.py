"""What goes on while a fault strikes: contacts who write bursts of several kinds, each starting when they like."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.faults.field import Field, Manners, usual
from tests.chaos.scenario import Part, asks, books, books_two_and_reads, reads, storms
from tests.support.play import EMPRENDEMY


@dataclass
class Contact(Part):
    """Writes as its part says, in the manner of the fault."""

    manners: Manners = field(default=usual)

    async def write(self, *said: str | dict[str, Any], **how: Any) -> None:
        await super().write(*said, **{"timeout": 50, **self.manners(self.chance), **how})


async def comes_back(part: Part) -> None:
    """Three bursts, one after the other whatever becomes of them."""
    part.channel = EMPRENDEMY
    for burst in (("Hola", "soy yo"), ("¿qué cursos tienen?",), ("gracias", "¿y de marketing?")):
        await part.write(*burst)
        await asyncio.sleep(part.chance.uniform(0.2, 1.5))


PAUSES = (4.0, 12.0)
"""Seconds until somebody writes again, at least and at most."""

ACTS: tuple[Callable[[Part], Awaitable[None]], ...] = (comes_back, books, asks, books_two_and_reads, reads, storms)


async def write_bursts(
    field: Field, wave: int, contacts: int, seconds: float, seed: str, healed: asyncio.Event
) -> list[Part]:
    """All contacts begin within `seconds`, and write again now and then until it is `healed`.

    Returns when each has got its 200s or has waited for a minute.
    """
    chance = Random(seed)
    parts = [
        Contact(field.world, wave, place, Random(f"{seed}/{place}"), manners=lambda chance: field.manners(chance))
        for place in range(contacts)
    ]

    async def go_on(part: Contact, act: Callable[[Part], Awaitable[None]], after: float) -> None:
        await asyncio.sleep(after)
        await act(part)
        while not await _set_within(healed, part.chance.uniform(*PAUSES)):
            await part.write("sigo acá", "¿me leen?")

    acts = [go_on(part, ACTS[part.place % len(ACTS)], chance.uniform(0, seconds)) for part in parts]
    await asyncio.gather(*acts)
    return list(parts)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
