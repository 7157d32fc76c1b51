"""A client's repository on GitHub: there, private, pushed, with its secrets, its main branch protected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from fleet.calls import Api
from fleet.clients.journal import Journal
from fleet.clients.steps import Finding, State, Step, Tell
from fleet.git import GitFailed, Repository
from fleet.github.api import sealed
from fleet.inventory import GitHubPlan
from fleet.secrets.sources import fingerprint
from fleet.trouble import Foreign, OutsideFailed, OutsideUnavailable

EMPTY = 409
"""How GitHub answers about refs of a repository without any."""
UNPUSHABLE = (
    r"HRKU-[A-Za-z0-9]{4}|gh[pousr]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9_]{20}|EAA[A-Za-z0-9]{30}"
    r"|sk-[A-Za-z0-9_-]{20}|(postgres|amqp)[a-z]*://[^ :/]+:[^ $@]+@"
)
"""What may not be pushed, as git's extended regular expression."""
CHECK = "tests"
"""The job of the template's workflow that must pass before anything is merged."""


@dataclass
class GitHubSite:
    """Where one client's repository is, and by what it is known as ours: a mark in its description, there from the
    first moment, because creating takes it along."""

    api: Api
    plan: GitHubPlan
    client: str
    local: Repository
    git_url: str
    token: SecretStr
    journal: Journal
    exists: bool = False
    """Seen in this run, and ours."""

    @property
    def name(self) -> str:
        return f"{self.plan.owner}/{self.plan.repository or self.client}"

    @property
    def path(self) -> str:
        return f"/repos/{self.name}"

    @property
    def remote(self) -> str:
        """With the user's name in it, so that git asks for the token alone."""
        scheme, _, rest = self.git_url.rstrip("/").partition("://")
        return f"{scheme}://x-access-token@{rest}/{self.name}.git"

    @property
    def mark(self) -> str:
        return f"[remanso:{self.client}]"

    def found(self) -> dict[str, Any] | None:
        """The repository, if it is ours. Raises Foreign."""
        body: dict[str, Any] | None = self.api.find(self.path)
        if body is not None and self.mark not in (body.get("description") or ""):
            raise Foreign(
                f"GitHub: {self.name}",
                "there is such a repository, and it was not made for this client",
                todo=f"if it is meant, add {self.mark} to its description; else set github.repository in the inventory",
            )
        self.exists = body is not None
        return body

    def absent(self) -> bool:
        """Asks GitHub only until it is there."""
        return not self.exists and self.found() is None


class RepositoryStep(Step):
    key, title = "repository", "GitHub repository"

    def __init__(self, site: GitHubSite) -> None:
        self._site = site

    def look(self) -> Finding:
        body = self._site.found()
        if body is None:
            return Finding(State.ABSENT, "", f"create {self._site.name}, private")
        if body.get("archived"):
            return Finding(State.DIFFERS, f"{self._site.name}, archived", "take it out of the archive")
        if not body["private"]:
            return Finding(State.DIFFERS, f"{self._site.name}, public", "make it private")
        return Finding(State.DONE, f"{self._site.name}, private")

    def apply(self, tell: Tell) -> None:
        site = self._site
        if site.found() is not None:
            site.api.call("PATCH", site.path, json={"archived": False, "private": True})
            return
        place = "/user/repos" if site.plan.personal else f"/orgs/{site.plan.owner}/repos"
        wanted = {
            "name": site.plan.repository or site.client,
            "description": f"WhatsApp bot {site.mark}",
            "private": True,
            "auto_init": False,
            "delete_branch_on_merge": True,
        }
        site.api.call("POST", place, json=wanted)

    def undo(self) -> str | None:
        """Archived, never deleted: only a person decides that."""
        body = self._site.found()
        if body is None or body.get("archived"):
            return None
        self._site.api.call("PATCH", self._site.path, json={"archived": True})
        return f"{self._site.name} archived"


class PushStep(Step):
    key, title = "push", "Code on GitHub"

    def __init__(self, site: GitHubSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site, head = self._site, self._site.local.head()
        if head is None:
            raise OutsideFailed("git", f"{site.local.folder} has no commit", todo="commit what is to be deployed")
        if site.absent():
            return Finding(State.WAITS, "", f"push main at {head[:8]}")
        there = self._there()
        if there == head:
            return Finding(State.DONE, f"main at {head[:8]}")
        if there is None:
            return Finding(State.ABSENT, "an empty repository", f"push main at {head[:8]}")
        if site.local.contains(there):
            return Finding(State.DIFFERS, f"main at {there[:8]}", f"push main, on to {head[:8]}")
        raise OutsideFailed(
            f"GitHub: {site.name}",
            f"main is at {there[:8]}, which is not here",
            todo="git pull --rebase, then run again",
        )

    def apply(self, tell: Tell) -> None:
        site = self._site
        leaking = site.local.git("log", "--format=%h", f"-G{UNPUSHABLE}", "HEAD").split()
        if leaking:
            raise OutsideFailed(
                "git",
                f"commit {', '.join(leaking[:5])} holds what looks like a token or a password; nothing was pushed",
                todo="take it out of the history, and make a new one: whoever has the folder has this one",
            )
        try:
            site.local.git("push", "--quiet", site.remote, "HEAD:refs/heads/main", token=site.token)
        except GitFailed as why:
            if "rejected" in str(why) or "Authentication" in str(why):
                raise
            raise OutsideUnavailable(str(why)) from why  # the wire, or their end: the next look tells

    def _there(self) -> str | None:
        try:
            ref = self._site.api.find(f"{self._site.path}/git/ref/heads/main")
        except OutsideFailed as refused:
            if refused.status == EMPTY:
                return None
            raise
        return str(ref["object"]["sha"]) if ref else None


class ActionsSecretsStep(Step):
    """Their values can never be read back, so fingerprints of what was given are kept in the journal."""

    key, title = "actions-secrets", "GitHub Actions secrets"

    def __init__(self, site: GitHubSite, values: Mapping[str, SecretStr]) -> None:
        self._site, self._values = site, values

    def look(self) -> Finding:
        if not self._values:
            return Finding(State.DONE, "none wanted")
        names = ", ".join(self._values)
        if self._site.absent():
            return Finding(State.WAITS, "", f"give {names}")
        there = self._names()
        stale = [name for name in self._values if name not in there or self._given(name) != self._print(name)]
        if not stale:
            return Finding(State.DONE, f"{names} as given")
        state = State.DIFFERS if there & self._values.keys() else State.ABSENT
        return Finding(state, ", ".join(sorted(there)) or "none", f"give {', '.join(stale)}")

    def apply(self, tell: Tell) -> None:
        secrets = f"{self._site.path}/actions/secrets"
        key = self._site.api.get(f"{secrets}/public-key")
        there = self._names()
        for name, value in self._values.items():
            if name not in there or self._given(name) != self._print(name):
                body = {"encrypted_value": sealed(key["key"], value), "key_id": key["key_id"]}
                self._site.api.call("PUT", f"{secrets}/{name}", json=body)
                self._site.journal.note(f"actions-secret {name}", self._print(name))

    def undo(self) -> str | None:
        if self._site.absent():
            return None
        there = self._names() & self._values.keys()
        for name in there:
            self._site.api.call("DELETE", f"{self._site.path}/actions/secrets/{name}")
        return f"{', '.join(sorted(there))} removed" if there else None

    def _names(self) -> set[str]:
        listed = self._site.api.get(f"{self._site.path}/actions/secrets", params={"per_page": 100})
        return {each["name"] for each in listed["secrets"]}

    def _print(self, name: str) -> str:
        return fingerprint(self._site.client, self._values[name].get_secret_value())

    def _given(self, name: str) -> Any:
        return self._site.journal.noted(f"actions-secret {name}")


class ProtectionStep(Step):
    key, title = "protection", "Branch protection"

    def __init__(self, site: GitHubSite) -> None:
        self._site = site
        self._path = f"{site.path}/branches/main/protection"

    def look(self) -> Finding:
        will = f"main takes only what passed `{CHECK}`"
        if not self._site.plan.protect:
            return Finding(State.DONE, "not wanted")
        if self._site.absent():
            return Finding(State.WAITS, "", will)
        try:
            body = self._site.api.find(self._path)
        except OutsideFailed as refused:
            if refused.status == 403:
                return Finding(State.IMPOSSIBLE, "GitHub protects private branches only on a paid plan")
            raise
        if body is None:
            return Finding(State.ABSENT, "none", will)
        checks = (body.get("required_status_checks") or {}).get("contexts", [])
        if CHECK in checks:
            return Finding(State.DONE, f"main takes only what passed {', '.join(checks)}")
        return Finding(State.DIFFERS, "protected otherwise", will)

    def apply(self, tell: Tell) -> None:
        wanted = {
            "required_status_checks": {"strict": True, "contexts": [CHECK]},
            "enforce_admins": False,  # the fleet's own pushes of template updates
            "required_pull_request_reviews": None,
            "restrictions": None,
        }
        self._site.api.call("PUT", self._path, json=wanted)

    def undo(self) -> str | None:
        if self._site.absent() or self._site.api.find(self._path) is None:
            return None
        self._site.api.call("DELETE", self._path)
        return "main is not protected any more"
