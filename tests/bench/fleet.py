"""Many clients against the stand-ins: `python -m tests.bench.fleet [how many]`, fifty by default.

Created, provisioned, upgraded with a canary that fails, upgraded well, rolled back. Prints a table in Markdown with the
seconds and calls per client; docs/fleet.md has one. The stand-ins answer at once, so the seconds are our own.
"""

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from fleet.git import Repository
from tests.support.provisioning import Ended, Operator, operator
from tests.support.standins.heroku.bot import SICK
from tests.support.standins.places import Places, places

PLACES = {"/github": "GitHub", "/git": "git", "/heroku": "Heroku", "/run": "the bot"}


class Bench:
    def __init__(self, desk: Operator, world: Places, names: Sequence[str]) -> None:
        self.desk, self.world, self.names = desk, world, names

    def play(self) -> None:
        print("| | seconds a client | wall | calls a client |\n| --- | --- | --- | --- |")
        names, first, others = self.names, self.names[0], self.names[1:]
        self._each("`create`", ("clients", "create"), ("--yes",))
        self._each("`provision`", ("clients", "provision"), ("--json",))
        self._each("the same again, nothing to do", ("clients", "provision"), ("--json",))
        self._commit(names, SICK)
        stopped = self._all(f"`deploy` that gets nobody well, of {len(names)}: the canary", "deploy", of=1)
        fates = Counter(fate["fate"] for fate in stopped.data.values())
        assert fates == {"rolled back": 1, "not tried": len(others)}, fates
        self._commit(names, SICK, gone=True)
        well = self._all("`deploy` of a good commit", "deploy")
        assert {fate["fate"] for fate in well.data.values()} == {"deployed"}
        assert all(row["good"] for row in self._all("`status`", "status").data)
        back = self._all("`rollback`", "rollback", *names)
        assert all(row["ok"] for row in back.data)
        assert self.world.heroku.apps[f"remanso-{first}"].current

    def _each(self, title: str, before: Sequence[str], after: Sequence[str]) -> None:
        self.world.tripwire.reset()
        seconds = []
        for name in self.names:
            began = time.monotonic()
            ended = self.desk.run(*before, name, *after)
            seconds.append(time.monotonic() - began)
            assert ended.code == 0, ended.out + ended.err
        self._row(title, f"{statistics.median(seconds):.2f}", sum(seconds), len(self.names))

    def _all(self, title: str, order: str, *words: str, of: int | None = None) -> Ended:
        self.world.tripwire.reset()
        began = time.monotonic()
        ended = self.desk.run("fleet", order, *words, "--json")
        wall, many = time.monotonic() - began, of or len(self.names)
        self._row(title, f"{wall / many:.2f}", wall, many)
        return ended

    def _row(self, title: str, seconds: str, wall: float, many: int) -> None:
        print(f"| {title} | {seconds} | {wall:.0f} s | {_per_place(self.world.tripwire.calls, many)} |", flush=True)

    def _commit(self, names: Iterable[str], file: str, *, gone: bool = False) -> None:
        for name in names:
            path = self.desk.folder / name / file
            path.unlink() if gone else path.write_text("x")
            Repository(path.parent).commit_all("Changes")


def _per_place(calls: Iterable[str], many: int) -> str:
    """So many calls for one client, by place."""
    count = Counter(PLACES.get("/" + call.split("/")[1], "Meta") for call in calls)
    return (
        ", ".join(f"{place} {number / many:.1f}".removesuffix(".0") for place, number in count.most_common()) or "none"
    )


def main(many: int = 50) -> None:
    names = [f"shop-{number}" for number in range(1, many + 1)]
    with tempfile.TemporaryDirectory() as scratch, places(Path(scratch, "places")) as world:
        folder = Path(scratch, "desk")
        folder.mkdir()
        world.heroku.remaining = 1_000_000
        Bench(operator(folder, world, *names, meta=False), world, names).play()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
