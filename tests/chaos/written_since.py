"""Which lines were written after a commit: those that a sweep of it cannot have killed at."""

import re
import subprocess

from tests.chaos.tripwire import ROOT

SOURCES = ("services", "shared/remanso")
_FILE = re.compile(r"\+\+\+ b/(?P<file>.+)")
_HUNK = re.compile(r"@@ -\S+ \+(?P<first>\d+)(?:,(?P<count>\d+))? @@")


class UnknownCommit(Exception):
    """This clone has no such commit; the text is git's."""


def written_since(commit: str) -> frozenset[str]:
    """Each as `file:line`, as it stands now. A line that moved to another file counts. Raises UnknownCommit."""
    told = subprocess.run(
        ["git", "diff", "--unified=0", "--no-color", "--no-renames", commit, "--", *SOURCES],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if told.returncode:
        raise UnknownCommit(told.stderr.strip())
    return frozenset(added(told.stdout))


def added(diff: str) -> list[str]:
    """The new lines of a diff without context, in its order."""
    lines, file = [], ""
    for text in diff.splitlines():
        if found := _FILE.fullmatch(text):
            file = found["file"]
        elif found := _HUNK.match(text):
            first, count = int(found["first"]), int(found["count"] or 1)
            lines += [f"{file}:{line}" for line in range(first, first + count)]
    return lines
