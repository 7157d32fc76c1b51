"""Bringing a client's repository up to a newer version of the template.

The merge happens in a clone that nobody else sees, so a run that dies leaves the client's folder as it was.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from fleet.clients.create import template_version
from fleet.git import Repository
from remanso.errors import BadInput

ABSENT = 128
"""How git ends where a file is not on that side."""
Outcome = Literal["current", "updated", "conflict"]


@dataclass(frozen=True)
class Updated:
    """How a merge came out."""

    outcome: Outcome
    before: str
    after: str
    conflicts: dict[str, str] = field(default_factory=dict)
    """Files in which two changes met: the commit keeps the client's lines, a diff tells what the template wants."""

    def __str__(self) -> str:
        return f"{self.outcome} {self.before} → {self.after} {' '.join(self.conflicts)}".rstrip()


def update(folder: Path, version: str | None = None) -> Updated:
    """copier's three-way merge. What merges is committed in the folder; where two changes meet, nothing is changed.

    Raises BadInput where there are uncommitted changes, and ConfigurationError where the folder is no client.
    """
    repository = Repository(folder)
    template_version(folder)
    if not repository.is_clean():
        raise BadInput(f"{folder} has changes that are not committed; commit or stash them first")
    with cloned(str(folder.resolve())) as scratch:
        done = merge(scratch, version)
        if done.outcome == "updated":
            repository.git("fetch", "--quiet", str(scratch.folder), "HEAD")
            repository.git("merge", "--quiet", "--ff-only", "FETCH_HEAD")
    return done


@contextmanager
def cloned(source: str, token: SecretStr | None = None) -> Iterator[Repository]:
    """A clone of `source` for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="remanso-") as place:
        clone = Path(place, "client")
        Repository(Path(place)).git("clone", "--quiet", source, str(clone), token=token)
        yield Repository(clone)


def merge(clone: Repository, version: str | None) -> Updated:
    """Merge a version of the template (the newest where none is named) into a clean clone, and commit."""
    before = template_version(clone.folder)
    _run_copier(clone.folder, version)
    # copier leaves two changes that met as unmerged entries, and raises nothing.
    conflicts = {name: _settle(clone, name) for name in clone.unmerged()}
    after = template_version(clone.folder)
    if not conflicts and clone.is_clean():
        return Updated("current", before, after)
    clone.commit_all(f"Template {after}")
    return Updated("conflict" if conflicts else "updated", before, after, conflicts)


def _run_copier(folder: Path, version: str | None) -> None:
    import copier
    from copier.errors import CopierError

    try:
        copier.run_update(
            folder, vcs_ref=version, defaults=True, skip_answered=True, overwrite=True, conflict="inline", quiet=True
        )
    except (CopierError, ValueError, OSError) as problem:  # plumbum, which runs git for it, raises the last
        raise BadInput(f"copier: {problem}") from None


def _settle(clone: Repository, name: str) -> str:
    """Keep the client's lines where two changes met; a diff from them to the template's."""
    with tempfile.TemporaryDirectory() as place:
        sides = {side: Path(place, side) for side in ("base", "ours", "theirs")}
        for stage, path in enumerate(sides.values(), 1):
            path.write_bytes(clone.raw("show", f":{stage}:{name}", fine=(0, ABSENT)))
        files = [str(sides[side]) for side in ("ours", "base", "theirs")]
        wanted = Path(place, "wanted")
        wanted.write_bytes(clone.raw("merge-file", "-p", "--theirs", *files))
        kept = clone.folder / name
        kept.write_bytes(clone.raw("merge-file", "-p", "--ours", *files))
        return clone.git("diff", "--no-index", "--no-color", "--", str(kept), str(wanted), fine=(0, 1)).partition("@@")[
            2
        ]
