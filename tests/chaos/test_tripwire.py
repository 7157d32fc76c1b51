"""The launcher itself: it counts what runs, and dies where and when it is told, on every Python we run on."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from services.debouncer.window import due_at
from tests.chaos import tripwire
from tests.chaos.points import Point, enumerate_points, parse, sample, waves
from tests.chaos.tripwire import Monitored, Recording, Traced

PLACE = "services/debouncer/window.py"


@pytest.fixture
def lines() -> Iterator[Traced | Monitored]:
    lines = Monitored() if sys.version_info >= (3, 12) else Traced()
    yield lines
    lines.stop()


def test_lines_of_ours_are_counted_and_no_others(lines: Traced | Monitored) -> None:
    recording = Recording()
    lines.start(recording)
    with pytest.raises(AttributeError):
        due_at(None, None, finished=True, burst=None)  # type: ignore[arg-type]
    lines.stop()
    counts = recording.by_place()
    assert counts
    assert {place.partition(":")[0] for place in counts} == {PLACE}
    assert set(counts.values()) == {1}


_DIES = """
import sys
from services.debouncer.window import due_at
from tests.chaos.tripwire import Monitored, Traced, Trip
lines = Monitored() if sys.version_info >= (3, 12) else Traced()
lines.start(Trip("services/debouncer/window.py", int(sys.argv[1]), 2, 9))
for attempt in ("first", "second", "third"):
    print(attempt, flush=True)
    try:
        due_at(None, None, finished=True, burst=None)
    except AttributeError:
        pass
"""


def test_a_life_ends_at_the_second_run_of_its_line() -> None:
    line = next(
        number for number, text in enumerate((tripwire.ROOT / PLACE).read_text().splitlines(), 1) if "quiet =" in text
    )
    died = subprocess.run(
        [sys.executable, "-c", _DIES, str(line)], cwd=tripwire.ROOT, capture_output=True, text=True, check=False
    )
    assert (died.returncode, died.stdout.split()) == (-signal.SIGKILL, ["first", "second"]), died.stderr


@pytest.mark.parametrize("stop", [False, True])
def test_a_point_is_written_as_it_is_read(stop: bool) -> None:
    point = Point("sender", "services/sender/drain.py", 142, 3, stop)
    assert parse(str(point)) == point
    with pytest.raises(ValueError, match="not a place"):
        parse("sender:12")


def test_points_are_the_same_for_the_same_seed_and_no_service_is_left_out() -> None:
    recorded = {
        "agent": {f"services/agent/a.py:{n}": n for n in range(1, 50)},
        "console": {"services/console/c.py:1": 9},
    }
    points = enumerate_points(recorded, 7)
    assert points == enumerate_points(recorded, 7)
    assert len(points) == 50
    assert all(1 <= point.hit <= max(1, recorded[point.service][f"{point.file}:{point.line}"] // 2) for point in points)
    chosen = sample(points, 10, 7)
    assert {point.service for point in chosen} == {"agent", "console"}
    for group in waves(chosen):
        assert len([point for point in group if point.service == "console"]) <= 1
