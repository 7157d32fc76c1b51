"""Wave after wave in one world: arm, play, let it come to rest, judge."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from tests.chaos.evidence import Before, Evidence, Rest, gather_evidence, until_at_rest
from tests.chaos.findings import Wave
from tests.chaos.invariants import every_webhook_is_stored_once, lost_answers, nothing_is_dead, violations, whereabouts
from tests.chaos.points import Counts, Point
from tests.chaos.scenario import Part, play
from tests.chaos.victims import Victim
from tests.chaos.world import ZOMBIE_SECONDS, World
from tests.support.waiting import eventually

RECORDED_WAVES = 2
STUCK = "nothing_is_stuck"
DIED = "nobody_dies_by_itself"


class Sweep:
    """The waves of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stopped: list[str] = []

    async def record(self, seed: int) -> tuple[dict[str, Counts], list[Wave]]:
        """The lines that run in each service and how often on average, in scenarios without kills."""
        runs: dict[str, Counter[str]] = {}
        waves = []
        for turn in range(RECORDED_WAVES):
            victims = self._victims()
            await asyncio.gather(*(victim.record() for victim in victims.values()))
            waves.append(await self.wave([], f"{seed}-recording-{turn}"))
            for service, victim in victims.items():
                runs.setdefault(service, Counter()).update(await victim.recorded())
        return {service: _average(counts) for service, counts in runs.items()}, waves

    async def wave(self, points: Sequence[Point], scene: str) -> Wave:
        """One scenario, the same for the same `scene`, in which these points are killed at."""
        began = time.monotonic()
        await self._world.stack.wait_ready()
        await self._world.control("POST", "reset")
        lives, before = self._lives(), await Before.of(self._world)
        async with self._killing(points):
            parts, rest = await self._play(scene)
        wave = self._wave(scene, points, lives)
        _judge(wave, await gather_evidence(self._world, parts, before), rest)
        wave.seconds = round(time.monotonic() - began, 2)
        return wave

    async def _play(self, scene: str) -> tuple[list[Part], Rest]:
        """The scenario, to its rest. One that cannot even be played has not come to rest."""
        try:
            parts = await play(self._world, next(self._world.waves), scene)
            rest = await until_at_rest(self._world, parts)
            if await self._zombies_woke():
                rest = await until_at_rest(self._world, parts)
        except (TimeoutError, httpx.HTTPError) as problem:
            return [], Rest(0.0, f"the scenario could not be played: {type(problem).__name__}")
        return parts, rest

    @asynccontextmanager
    async def _killing(self, points: Sequence[Point]) -> AsyncIterator[None]:
        """Inside the block the services die, each at its points; after it no tripwire is left."""
        killers = [asyncio.create_task(self._kill_in_turn(chain)) for chain in _by_service(points)]
        try:
            yield
        finally:
            for killer in killers:
                killer.cancel()
            await asyncio.gather(*killers, return_exceptions=True)
            await asyncio.gather(*(victim.disarm() for victim in self._victims().values()))

    async def _kill_in_turn(self, points: Sequence[Point]) -> None:
        """One service: each life gets the next tripwire."""
        victim = self._victims()[points[0].service]
        for point in points:
            while not await victim.is_ready(self._world.stack.http):  # noqa: ASYNC110  (it is another process)
                await asyncio.sleep(0.1)
            lives = victim.lives
            await victim.arm(point)
            while victim.lives == lives and not victim.stands_still:  # noqa: ASYNC110  (it is another process)
                await asyncio.sleep(0.05)
            if point.stop:
                await self._let_sleep(victim, point)

    async def _let_sleep(self, victim: Victim, point: Point) -> None:
        """Longer than its leases last: somebody else has its work by now. Then it goes on as if nothing was."""
        self._stopped.append(str(point))
        try:
            await asyncio.sleep(ZOMBIE_SECONDS)
        finally:
            victim.thaw()

    async def _zombies_woke(self) -> bool:
        """Whether anybody still slept; now all are awake, and had the time to do what they must not do any more."""
        sleepers = [victim for victim in self._victims().values() if victim.stands_still]
        await eventually(lambda: not any(victim.stands_still for victim in sleepers), within=4 * ZOMBIE_SECONDS)
        await asyncio.sleep(1.0 if sleepers else 0.0)  # nothing should happen: there is nothing to wait for
        return bool(sleepers)

    def _wave(self, scene: str, points: Sequence[Point], lives: Mapping[str, int]) -> Wave:
        """Who was killed. A life that ended without a tripwire is a violation."""
        wave = Wave(scene)
        for service, victim in self._victims().items():
            deaths = victim.lives - lives[service]
            mine = [str(point) for point in points if point.service == service and not point.stop]
            wave.killed.extend(mine[:deaths])
            wave.missed.extend(mine[deaths:])
            if deaths > len(mine):
                wave.violations[DIED] = [f"{service} died {deaths} times, killed were {len(mine)}"]
        stops = [str(point) for point in points if point.stop]
        wave.killed.extend(stop for stop in stops if stop in self._stopped)
        wave.missed.extend(stop for stop in stops if stop not in self._stopped)
        return wave

    def _lives(self) -> dict[str, int]:
        return {service: victim.lives for service, victim in self._victims().items()}

    def _victims(self) -> dict[str, Victim]:
        return {service: group[0] for service, group in self._world.victims.items()}


def _average(runs: Counts) -> Counts:
    return {line: -(-times // RECORDED_WAVES) for line, times in runs.items()}


def _by_service(points: Sequence[Point]) -> list[list[Point]]:
    services = dict.fromkeys(point.service for point in points)
    return [[point for point in points if point.service == service] for service in services]


def _judge(wave: Wave, evidence: Evidence, rest: Rest) -> None:
    if rest.missing:  # what still moves cannot be judged, but it can be told where it is not
        clues = (*every_webhook_is_stored_once(evidence), *nothing_is_dead(evidence), *whereabouts(evidence))
        wave.violations[STUCK] = [f"after {rest.seconds:.0f} s: {rest.missing}", *clues]
    else:
        wave.violations |= violations(evidence)
    wave.rest_seconds = round(rest.seconds, 2)
    wave.slowest_turn = max((_seconds_open(turn) for turn in evidence.turns if turn["closed_at"]), default=0.0)
    wave.turns, wave.parts = len(evidence.turns), len(evidence.accepted())
    wave.lost_answers = lost_answers(evidence)
    wave.resent = sum(delivery["resends"] for delivery in evidence.deliveries)
    wave.fallbacks = sum(delivery["kind"] == "fallback" for delivery in evidence.deliveries)


def _seconds_open(turn: Mapping[str, str]) -> float:
    sealed, closed = (datetime.fromisoformat(turn[key]) for key in ("sealed_at", "closed_at"))
    return round((closed - sealed).total_seconds(), 2)
