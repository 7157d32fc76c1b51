"""What a sweep has found so far, in a file after every wave: a sweep that was interrupted goes on from there."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.chaos.points import Point, parse


@dataclass
class Wave:
    """One scenario and who was killed (or stopped) in it. `missed`: their line was not reached, or not so often.

    `rest_seconds`: from the last 200 to rest. `slowest_turn`: from a burst's end to its answer.
    """

    scene: str
    killed: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    rest_seconds: float = 0.0
    slowest_turn: float = 0.0
    turns: int = 0
    parts: int = 0
    resent: int = 0
    fallbacks: int = 0
    lost_answers: int = 0

    @property
    def replay(self) -> str:
        points = " ".join(f"--replay {point}" for point in self.killed)
        return f'make chaos ARGS="{points} --scene {self.scene}"'


@dataclass
class Findings:
    """`points` are all that are to be tried: where `since` names a commit, only of lines written after it.

    `lock_wait` is the longest anybody waited for a lock, in seconds.
    """

    seed: int
    commit: str = ""
    since: str = ""
    points: list[str] = field(default_factory=list)
    waves: list[Wave] = field(default_factory=list)
    lock_wait: float = 0.0
    seconds: float = 0.0

    @property
    def kills(self) -> int:
        return sum(len(wave.killed) for wave in self.waves)

    @property
    def violations(self) -> int:
        return sum(len(wrongs) for wave in self.waves for wrongs in wave.violations.values())

    def untried(self) -> list[Point]:
        """What was missed comes again, at its first run; a line that was missed three times is left."""
        done = self._places(wave.killed for wave in self.waves)
        missed = self._places(wave.missed for wave in self.waves)
        left = [point for point in map(parse, self.points) if not done[point.place] and missed[point.place] < 3]
        return [replace(point, hit=1) if missed[point.place] else point for point in left]

    def never_reached(self) -> list[str]:
        """Places given up after three scenarios that did not come by."""
        done = self._places(wave.killed for wave in self.waves)
        missed = self._places(wave.missed for wave in self.waves)
        return sorted(place for place, times in missed.items() if times >= 3 and not done[place])

    def _places(self, lists: Iterable[Sequence[str]]) -> Counter[str]:
        return Counter(parse(point).place for points in lists for point in points)

    def kills_of(self) -> Counter[str]:
        return Counter(point.partition("@")[0] for wave in self.waves for point in wave.killed)

    def points_of(self) -> Counter[str]:
        return Counter(point.partition("@")[0] for point in self.points)

    def by_invariant(self) -> dict[str, list[tuple[Wave, str]]]:
        found: defaultdict[str, list[tuple[Wave, str]]] = defaultdict(list)
        for wave in self.waves:
            for name, wrongs in wave.violations.items():
                found[name].extend((wave, wrong) for wrong in wrongs)
        return found

    def write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".half")
        half.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))
        half.rename(file)

    @classmethod
    def read(cls, file: Path) -> "Findings":
        told: dict[str, Any] = json.loads(file.read_text())
        return cls(**{**told, "waves": [Wave(**wave) for wave in told["waves"]]})
