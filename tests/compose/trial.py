"""What the containers go through while contacts write: each is killed in turn, all are scaled, all start again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast

from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.chaos.evidence import Before, Evidence, gather_evidence, until_at_rest
from tests.chaos.faults.load import ACTS, PAUSES, Contact
from tests.chaos.invariants import violations
from tests.chaos.scenario import Part
from tests.chaos.sweep import STUCK
from tests.chaos.waits import Waits
from tests.chaos.world import World
from tests.compose.stack import ComposeStack

SCALE = {"debouncer": 3, "agent": 4, "sender": 2}
MORE, FEWER = {"debouncer": 4, "agent": 6, "sender": 3}, {"debouncer": 1, "agent": 1, "sender": 1}
HEAD_START = 5.0
BURSTS = 6
BETWEEN = 3.0
"""Seconds of work between two blows."""


@dataclass
class Outcome:
    """`blows`: what was done and the seconds until all was well again. `seen`: what else was looked at, in words."""

    blows: list[tuple[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    rest_seconds: float = 0.0
    evidence: Evidence | None = None
    wrong: dict[str, list[str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    async def struck(self, what: str, blow: Awaitable[Any]) -> None:
        began = time.monotonic()
        await blow
        self.blows.append((what, time.monotonic() - began))
        print(f"  {what}: well again after {self.blows[-1][1]:.1f} s", flush=True)
        await asyncio.sleep(BETWEEN)


async def try_containers(stack: ComposeStack, ledger: Path, contacts: int, seed: int) -> Outcome:
    async with open_world(stack, ledger) as world:
        outcome, healed, began = Outcome(), asyncio.Event(), time.monotonic()
        before = await Before.of(world)
        async with asyncio.TaskGroup() as group:
            load = group.create_task(_write(world, contacts, seed, healed))
            await asyncio.sleep(HEAD_START)
            await _strike(stack, outcome)
            healed.set()
        rest = await until_at_rest(world, load.result())
        outcome.seconds, outcome.rest_seconds = time.monotonic() - began, rest.seconds
        outcome.evidence = await gather_evidence(world, load.result(), before)
        outcome.wrong = violations(outcome.evidence)
        if rest.missing:
            outcome.wrong[STUCK] = [f"after {rest.seconds:.0f} s: {rest.missing}"]
        return outcome


@asynccontextmanager
async def open_world(stack: ComposeStack, ledger: Path) -> AsyncIterator[World]:
    """Of a local stack the chaos tests' world asks no more than both of its ends."""
    async with Store.connect(stack.database_url, name="check") as store:
        yield World(cast(LocalStack, stack), store, ledger, Waits())


async def _strike(stack: ComposeStack, outcome: Outcome) -> None:
    for service in stack.plan.struck:
        for container in await stack.containers(service):
            await outcome.struck(f"docker kill {container.name}", stack.kill(container))
    await outcome.struck(f"scaled up to {_told(MORE)}", stack.up(MORE, "--no-recreate"))
    await outcome.struck(f"scaled down to {_told(FEWER)}", stack.up(FEWER, "--no-recreate"))
    await outcome.struck(f"scaled up to {_told(SCALE)}", stack.up(SCALE, "--no-recreate"))
    await outcome.struck("docker compose restart", _restart(stack))


async def _restart(stack: ComposeStack) -> None:
    """All but the simulator: what it saw is the evidence."""
    await stack.compose("restart", *stack.plan.struck)
    await stack.until_well()


async def _write(world: World, contacts: int, seed: int, healed: asyncio.Event) -> list[Part]:
    """So many at a time until it is over; returns all there were, when each webhook has got its 200."""
    parts: list[Part] = []

    async def one_after_the_other() -> None:
        while not healed.is_set():
            place = len(parts)
            part = Contact(world, seed, place, Random(f"{seed}/{place}"))
            parts.append(part)
            await _converse(part, healed)

    await asyncio.gather(*(one_after_the_other() for _ in range(contacts)))
    return parts


async def _converse(part: Contact, healed: asyncio.Event) -> None:
    """A burst of one of many kinds and some more; so few that no history is summed up, which nobody here judges."""
    await asyncio.sleep(part.chance.uniform(0, HEAD_START))
    await ACTS[part.place % len(ACTS)](part)
    for _ in range(BURSTS):
        if healed.is_set():
            return
        await asyncio.sleep(part.chance.uniform(*PAUSES))
        await part.write("sigo acá", "¿me leen?", timeout=300)


def _told(scale: dict[str, int]) -> str:
    return ", ".join(f"{service}={count}" for service, count in scale.items())
