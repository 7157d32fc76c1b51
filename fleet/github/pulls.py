"""Proposing a commit on GitHub: a branch of ours, and one open pull request for it."""

from dataclasses import dataclass
from typing import Any, Literal

from fleet.git import Repository
from fleet.github.steps import GitHubSite
from fleet.trouble import OutsideFailed

BRANCH = "remanso/template"
SUBJECT = "Template "
"""How the one commit on the branch begins; others' commits there are never overwritten."""


@dataclass(frozen=True)
class Proposal:
    url: str
    how: Literal["opened", "updated", "open already"]

    def __str__(self) -> str:
        return f"pull request {self.how}: {self.url}"


def propose(site: GitHubSite, clone: Repository, title: str, body: str) -> Proposal:
    """HEAD of `clone`, a clone of the repository there, as a pull request to main. Again, the same one is updated.

    Raises OutsideFailed, also where a person has committed to the branch.
    """
    _push(site, clone)
    owner = site.plan.owner
    asked = {"state": "open", "head": f"{owner}:{BRANCH}", "base": "main"}
    open_ones = site.api.get(f"{site.path}/pulls", params=asked)
    text = {"title": title, "body": body}
    if not open_ones:
        made = site.api.call("POST", f"{site.path}/pulls", json={**text, "head": BRANCH, "base": "main"}).json()
        return Proposal(str(made["html_url"]), "opened")
    [found] = open_ones
    if {key: found[key] for key in text} == text:
        return Proposal(str(found["html_url"]), "open already")
    site.api.call("PATCH", f"{site.path}/pulls/{found['number']}", json=text)
    return Proposal(str(found["html_url"]), "updated")


def _push(site: GitHubSite, clone: Repository) -> None:
    """Nothing where the branch there holds the same change already."""
    there = _there(clone)
    if there and _holds(clone, there) == _holds(clone, "HEAD"):
        return
    if there and not _is_ours(clone, there):
        raise OutsideFailed(
            f"GitHub: {site.name}",
            f"the branch {BRANCH} has commits of somebody else",
            todo="merge or delete that branch first",
        )
    guard = f"--force-with-lease=refs/heads/{BRANCH}:{there or ''}"
    clone.git("push", "--quiet", guard, site.remote, f"HEAD:refs/heads/{BRANCH}", token=site.token)


def _there(clone: Repository) -> str | None:
    return clone.git("for-each-ref", "--format=%(objectname)", f"refs/remotes/origin/{BRANCH}") or None


def _holds(clone: Repository, commit: str) -> Any:
    """What a commit is without its time: its tree and what it stands on."""
    return clone.git("log", "-1", "--format=%T %P", commit)


def _is_ours(clone: Repository, tip: str) -> bool:
    """One commit of a template's version, and nothing else."""
    subjects = clone.git("log", "--format=%s", f"origin/main..{tip}").splitlines()
    return len(subjects) == 1 and subjects[0].startswith(SUBJECT)
