"""What the operators' page shows, gathered: from the store, and from the broker as far as it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request

from remanso.bus.graveyard import Buried, Depth
from remanso.channels.whatsapp.errors import classify
from remanso.errors import PublishFailed
from remanso.store.audit import Deed
from remanso.store.chores import Chore
from remanso.store.watch import Doubt, Pulse, Trouble
from services.console.channels.standing import Parked, parked
from services.console.console import console_of
from services.console.pages.pages import language_of
from services.console.people.viewer import Viewer

RECENT = timedelta(days=7)
MOST = 50


@dataclass(frozen=True)
class Panel:
    """`depths` and `letters` are None while the broker does not answer."""

    pulses: Sequence[Pulse]
    chores: Sequence[Chore]
    parked: Sequence[Parked]
    doubts: Sequence[Doubt]
    troubles: Sequence[tuple[Trouble, str | None]]
    """Each with what Meta's code means."""
    depths: Sequence[Depth] | None
    letters: Sequence[Buried] | None
    deeds: Sequence[Deed]
    """What operators did, with their reasons."""


async def gathered(request: Request, viewer: Viewer) -> Panel:
    console, language = console_of(request), language_of(request, viewer)
    async with console.store.transaction() as tx:
        views = viewer.views(tx)
        watch, deeds = views.watch, await views.deeds.with_reasons(MOST)
        pulses, doubts = await watch.pulses(), await watch.doubts(MOST)
        troubles = await watch.troubles(RECENT, MOST)
        chores, stopped = await tx.chores.all(), await tx.parkings.all_open()
    depths, letters = await _bus(request)
    return Panel(
        pulses,
        chores,
        [parked(each, language) for each in stopped],
        doubts,
        [(each, classify(each.code).reason.in_language(language) if each.code else None) for each in troubles],
        depths,
        letters,
        deeds,
    )


async def _bus(request: Request) -> tuple[list[Depth] | None, list[Buried] | None]:
    graveyard = console_of(request).graveyard
    try:
        return await graveyard.depths(), await graveyard.letters()
    except PublishFailed:
        return None, None
