"""A program in front of another of the same name: it writes down each call, and kills whoever called at the one that
was ordered, right before the real program runs or right after it has ended."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """#!/bin/sh
number=$(($(cat {folder}/count) + 1))
echo $number > {folder}/count
echo "{name} $*" >> {folder}/calls
order=$(cat {folder}/order)
[ "$order" = "$number before" ] && kill -KILL 0
{real} "$@"
code=$?
[ "$order" = "$number after" ] && kill -KILL 0
exit $code
"""


@dataclass(frozen=True)
class Snare:
    """In `folder`, which goes first in the PATH of the tool under test."""

    folder: Path

    def environment(self, around: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": f"{self.folder}:{around['PATH']}"}

    def arm(self, group: int, number: int, moment: str) -> None:
        """`group` is the caller's own: the program is in it."""
        self.reset()
        (self.folder / "order").write_text(f"{number} {moment}")

    def reset(self) -> None:
        (self.folder / "count").write_text("0")
        for name in ("calls", "order"):
            (self.folder / name).write_text("")

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


def snare(folder: Path, *programs: str) -> Snare:
    folder.mkdir(parents=True)
    for name in programs:
        script = folder / name
        script.write_text(SCRIPT.format(folder=folder, name=name, real=shutil.which(name)))
        script.chmod(0o755)
    made = Snare(folder)
    made.reset()
    return made
