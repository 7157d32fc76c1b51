"""Wave after wave in one world: arm, play, let it come to rest, judge."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.chaos.evidence import Before, Evidence, Rest, gather_evidence, until_at_rest
from tests.chaos.findings import Wave
from tests.chaos.invariants import lost_answers, violations
from tests.chaos.points import Counts, Point
from tests.chaos.scenario import play
from tests.chaos.victims import Victim
from tests.chaos.world import World

RECORDED_WAVES = 2
STUCK = "nothing_is_stuck"
DIED = "nobody_dies_by_itself"


class Sweep:
    """The waves of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

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
        async with asyncio.TaskGroup() as group:
            killers = [group.create_task(self._kill_in_turn(chain)) for chain in _by_service(points)]
            parts = await play(self._world, next(self._world.waves), scene)
            rest = await until_at_rest(self._world, parts)
            for killer in killers:
                killer.cancel()
        wave = self._wave(scene, points, lives)
        await asyncio.gather(*(victim.disarm() for victim in self._victims().values()))
        _judge(wave, await gather_evidence(self._world, parts, before), rest)
        wave.seconds = round(time.monotonic() - began, 2)
        return wave

    async def _kill_in_turn(self, points: Sequence[Point]) -> None:
        """One service: each life gets the next tripwire."""
        victim = self._victims()[points[0].service]
        for point in points:
            lives = victim.lives
            await victim.arm(point)
            while victim.lives == lives:  # noqa: ASYNC110  (the news is in another process's file)
                await asyncio.sleep(0.05)

    def _wave(self, scene: str, points: Sequence[Point], lives: Mapping[str, int]) -> Wave:
        """Who was killed. A life that ended without a tripwire is a violation."""
        wave = Wave(scene)
        for service, victim in self._victims().items():
            deaths = victim.lives - lives[service]
            mine = [str(point) for point in points if point.service == service]
            wave.killed.extend(mine[:deaths])
            wave.missed.extend(mine[deaths:])
            if deaths > len(mine):
                wave.violations[DIED] = [f"{service} died {deaths} times, killed were {len(mine)}"]
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
    wave.violations |= violations(evidence)
    if rest.missing:
        wave.violations[STUCK] = [f"after {rest.seconds:.0f} s: {rest.missing}"]
    wave.rest_seconds = round(rest.seconds, 2)
    wave.slowest_turn = max((_seconds_open(turn) for turn in evidence.turns if turn["closed_at"]), default=0.0)
    wave.turns, wave.parts = len(evidence.turns), len(evidence.accepted())
    wave.lost_answers = lost_answers(evidence)
    wave.resent = sum(delivery["resent"] for delivery in evidence.deliveries)
    wave.fallbacks = sum(delivery["kind"] == "fallback" for delivery in evidence.deliveries)


def _seconds_open(turn: Mapping[str, str]) -> float:
    sealed, closed = (datetime.fromisoformat(turn[key]) for key in ("sealed_at", "closed_at"))
    return round((closed - sealed).total_seconds(), 2)
