"""What a sweep has found so far, in a file after every wave: a sweep that was interrupted goes on from there."""

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.points import Point, parse


@dataclass
class Wave:
    """One scenario and who was killed in it. `missed`: their line was not reached, or not so often.

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
    """`points` are all that are to be tried; `lock_wait` is the longest anybody waited for a lock, in seconds."""

    seed: int
    commit: str = ""
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
        tried = {_place(point) for wave in self.waves for point in wave.killed}
        missed = Counter(_place(point) for wave in self.waves for point in wave.missed)
        left = [parse(point) for point in self.points if _place(point) not in tried]
        # What was missed is tried again, at its first run; a line that is missed three times is left.
        again = [Point(p.service, p.file, p.line) if missed[_place(str(p))] else p for p in left]
        return [point for point in again if missed[_place(str(point))] < 3]

    def never_reached(self) -> list[str]:
        killed = {_place(point) for wave in self.waves for point in wave.killed}
        return sorted({_place(point) for wave in self.waves for point in wave.missed} - killed)

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


def _place(point: str) -> str:
    """The point without which of its runs."""
    return point.partition("#")[0]
