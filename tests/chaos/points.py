"""A place to kill or to stop at: this line of this service, the n-th time it runs."""

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

LATEST_HIT = 40
"""A line in a loop is not waited for longer than this many runs."""

_WRITTEN = re.compile(r"(?P<service>[a-z]+)@(?P<file>[\w./-]+):(?P<line>\d+)(?P<how>[#~])(?P<hit>\d+)")

DEATHS = {"agent": 5, "sender": 3, "debouncer": 3, "ingress": 3, "console": 2}
"""Of one service in one scenario, where it is not one."""

Counts = Mapping[str, int]
"""How often each line ran, by `file:line`."""


@dataclass(frozen=True, order=True)
class Point:
    """`stop`: the process is not killed there but stopped for longer than its leases, and then goes on: a zombie."""

    service: str
    file: str
    line: int
    hit: int = 1
    stop: bool = False

    @property
    def place(self) -> str:
        """Without which of the line's runs."""
        return f"{self.service}@{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}{'~' if self.stop else '#'}{self.hit}"


def parse(text: str) -> Point:
    """`sender@services/sender/drain.py:142#1`, with `~` for `#` to stop it. Raises ValueError."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"not a place to kill at: {text!r}; write service@file:line#hit")
    return Point(written["service"], written["file"], int(written["line"]), int(written["hit"]), written["how"] == "~")


def enumerate_points(recorded: Mapping[str, Counts], seed: int) -> list[Point]:
    """Every line that ran in each service, once. Which of its runs is the last one, the seed tells.

    Never one of the later half of the runs recorded: the next scenario may run the line less often.
    """
    chance = random.Random(seed)
    points = []
    for service in sorted(recorded):
        for place, runs in sorted(recorded[service].items(), key=_by_place):
            file, _, line = place.rpartition(":")
            points.append(Point(service, file, int(line), chance.randint(1, min(max(1, runs // 2), LATEST_HIT))))
    return points


def sample(points: Sequence[Point], size: int, seed: int) -> list[Point]:
    """So many of them in random order, from all services alike as long as there are any."""
    chance = random.Random(seed)
    by_service: dict[str, list[Point]] = {}
    for point in chance.sample(points, len(points)):
        by_service.setdefault(point.service, []).append(point)
    chosen: list[Point] = []
    while len(chosen) < min(size, len(points)):
        chosen.extend(waiting.pop() for waiting in by_service.values() if waiting)
    return chosen[:size]


def waves(points: Sequence[Point]) -> list[list[Point]]:
    """The points in groups that die in one scenario: so many of each service, one after the other.

    A later life dies at the first run of its line: the scenario may be nearly over.
    """
    groups: list[list[Point]] = []
    places: Counter[str] = Counter()
    for point in points:
        place = places[point.service] // DEATHS.get(point.service, 1)
        places[point.service] += 1
        if place == len(groups):
            groups.append([])
        later = any(earlier.service == point.service for earlier in groups[place])
        groups[place].append(replace(point, hit=1) if later else point)
    return groups


def _by_place(item: tuple[str, int]) -> tuple[str, int]:
    file, _, line = item[0].rpartition(":")
    return file, int(line)
