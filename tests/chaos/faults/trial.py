"""One fault under load: strike, heal, come to rest, judge."""

import asyncio
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.chaos.evidence import Before, Evidence, gather_evidence, until_at_rest
from tests.chaos.faults.fault import HEAD_START, Fault
from tests.chaos.faults.field import Field, usual
from tests.chaos.faults.load import write_bursts
from tests.chaos.invariants import lost_answers, violations
from tests.chaos.sweep import STUCK
from tests.chaos.world import SLOWNESS


@dataclass
class Figures:
    """All times in seconds. `longest_turn`: the longest from a burst's first message, stored, to its turn's end."""

    name: str
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    contacts: int = 0
    messages: int = 0
    turns: int = 0
    parts: int = 0
    struck_seconds: float = 0.0
    rest_seconds: float = 0.0
    longest_turn: float = 0.0
    longest_lock_wait: float = 0.0
    webhooks_refused: int = 0
    webhooks_unanswered: int = 0
    resent: int = 0
    fallbacks: int = 0
    lost_answers: int = 0
    slowness: float = 1.0
    """What all waits were stretched by, because of what else the machine had to do."""
    violations: dict[str, list[str]] = field(default_factory=dict)

    @property
    def violation_count(self) -> int:
        return sum(len(wrong) for wrong in self.violations.values())

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


async def try_fault(field: Field, fault: Fault, wave: int, contacts: int, seed: int) -> Figures:
    """Leaves the field at rest and whole. Raises ServiceFailed when the product does not come back."""
    world = field.world
    await world.stack.wait_ready()
    await world.control("POST", "reset")
    world.waits.longest = 0.0
    before, field.manners = await Before.of(world), usual
    began, healed = time.monotonic(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        writing = write_bursts(field, wave, contacts, fault.seconds, f"{fault.name}/{seed}", healed)
        load = group.create_task(writing)
        await asyncio.sleep(HEAD_START)
        async with fault.strike(field):
            await asyncio.sleep(max(0.0, began + fault.seconds - time.monotonic()))
            if fault.until_rest:
                healed.set()
                rest = await until_at_rest(world, await load)
        struck_until = time.monotonic()
        healed.set()
    await world.stack.wait_ready()
    parts = load.result()
    if fault.until_rest:
        resting = rest.seconds
    else:
        rest = await until_at_rest(world, parts)
        resting = time.monotonic() - struck_until
    evidence = await gather_evidence(world, parts, before)
    struck = struck_until - began - HEAD_START
    figures = _figures(fault, evidence, struck, resting, world.waits.longest)
    figures.violations = violations(evidence)
    if rest.missing:
        figures.violations[STUCK] = [f"after {rest.seconds:.0f} s: {rest.missing}"]
    if wrong := list(fault.also(evidence)):
        figures.violations[fault.name] = wrong
    return figures


def _figures(fault: Fault, evidence: Evidence, struck: float, rest: float, lock_wait: float) -> Figures:
    statuses = [post["status"] for post in evidence.posts]
    return Figures(
        name=fault.name,
        contacts=len(evidence.parts),
        messages=sum(message["author"] == "contact" for message in evidence.messages),
        turns=len(evidence.turns),
        parts=len(evidence.deliveries),
        struck_seconds=round(struck, 1),
        rest_seconds=round(rest, 1),
        longest_turn=round(longest_turn(evidence), 1),
        longest_lock_wait=round(lock_wait, 2),
        webhooks_refused=sum(bool(status) and status >= 500 for status in statuses),
        webhooks_unanswered=sum(not status for status in statuses),
        resent=sum(delivery["resends"] for delivery in evidence.deliveries),
        fallbacks=sum(delivery["kind"] == "fallback" for delivery in evidence.deliveries),
        lost_answers=lost_answers(evidence),
        slowness=round(SLOWNESS, 1),
    )


def longest_turn(evidence: Evidence) -> float:
    """In seconds, of those that are closed."""
    return max((_lasted(turn) for turn in evidence.turns if turn["closed_at"]), default=0.0)


def _lasted(turn: dict[str, Any]) -> float:
    opened, closed = (datetime.fromisoformat(turn[key]) for key in ("opened_at", "closed_at"))
    return (closed - opened).total_seconds()
