"""Bringing a client's repository up to a newer version of the template."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fleet.clients.create import template_version
from fleet.git import Repository
from remanso.errors import BadInput

Outcome = Literal["current", "updated", "conflict"]


@dataclass(frozen=True)
class Updated:
    outcome: Outcome
    before: str
    after: str
    conflicts: list[str] = field(default_factory=list)
    """Files left with conflict markers, uncommitted, for a person to settle."""


def update(folder: Path, version: str | None = None) -> Updated:
    """copier's three-way merge. What merges is committed; where two changes meet nothing is.

    Raises BadInput where there are uncommitted changes, and ConfigurationError where the folder is no client.
    """
    import copier
    from copier.errors import CopierError

    repository, before = Repository(folder), template_version(folder)
    if not repository.is_clean():
        raise BadInput(f"{folder} has changes that are not committed; commit or stash them first")
    try:
        copier.run_update(
            folder, vcs_ref=version, defaults=True, skip_answered=True, overwrite=True, conflict="inline", quiet=True
        )
    except (CopierError, ValueError, OSError) as problem:  # plumbum, which runs git for it, raises the last
        raise BadInput(f"copier: {problem}") from None
    # copier leaves two changes that met as unmerged entries, and raises nothing.
    conflicts, after = repository.unmerged(), template_version(folder)
    if conflicts:
        return Updated("conflict", before, after, conflicts)
    if repository.is_clean():
        return Updated("current", before, after)
    repository.commit_all(f"Template {after}")
    return Updated("updated", before, after)
