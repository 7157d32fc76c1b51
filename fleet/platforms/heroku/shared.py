"""One Heroku app that serves many clients: another client is a folder in its repository and a few config vars."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fleet.clients.steps import Finding, State, Step, Tell
from fleet.git import Repository
from fleet.platforms.heroku.build import BuildStep
from fleet.platforms.heroku.platform import HerokuPlatform
from fleet.platforms.heroku.site import HerokuSite
from fleet.platforms.heroku.steps import ConfigStep, SharedAppStep
from fleet.trouble import OutsideFailed


class SharedPlatform(HerokuPlatform):
    def __init__(self, site: HerokuSite, client: Repository) -> None:
        super().__init__(site, None)
        self._client = client

    def steps(self) -> Sequence[Step]:
        site = self._site
        return [SharedAppStep(site), OwnConfigStep(site), FolderStep(site, self._client), BuildStep(site)]

    def scale(self, processes: Mapping[str, int]) -> None:
        raise OutsideFailed(self._site.app, "is shared by many clients", todo="scale the shared deployment itself")


class OwnConfigStep(ConfigStep):
    """The client's own config vars beside everybody else's; what all share is not taken away with one of them."""

    def look(self) -> Finding:
        found = super().look()
        if found.state is State.DIFFERS and not self._own() & self._site.config().keys():
            return replace(found, state=State.ABSENT)
        return found

    def undo(self) -> str | None:
        there = sorted(self._own() & self._site.config().keys())
        if there:
            self._site.api.call("PATCH", f"{self._site.path}/config-vars", json=dict.fromkeys(there))
        return f"{', '.join(there)} taken away" if there else None

    def _own(self) -> set[str]:
        return set(self._site.values) - set(self._site.everybodys)


class FolderStep(Step):
    """The client's committed files, as `clients/<name>` of the shared repository, committed there."""

    key, title = "folder", "Client's folder in the shared repository"

    def __init__(self, site: HerokuSite, client: Repository) -> None:
        self._shared, self._client, self._name = site.local, client, site.client

    def look(self) -> Finding:
        wanted = self._client.git("rev-parse", "HEAD^{tree}")
        if self._there() == wanted:
            return Finding(State.DONE, f"clients/{self._name}")
        state = State.DIFFERS if self._there() else State.ABSENT
        return Finding(state, "another state" if self._there() else "", f"commit clients/{self._name}")

    def apply(self, tell: Tell) -> None:
        if not self._shared.is_clean():
            raise OutsideFailed(
                str(self._shared.folder), "has changes that are not committed", todo="commit them first"
            )
        place: Path = self._shared.folder / "clients" / self._name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        Repository(self._client.folder).git("--work-tree", str(place.resolve()), "checkout", "HEAD", "--", ".")
        self._client.git("reset", "--quiet")
        self._shared.commit_all(f"Client {self._name}")

    def undo(self) -> str | None:
        if self._there() is None:
            return None
        self._shared.git("rm", "-r", "--quiet", f"clients/{self._name}")
        self._shared.git("commit", "--quiet", "--message", f"Client {self._name} leaves")
        return f"clients/{self._name} taken out"

    def _there(self) -> str | None:
        found = self._shared.git("ls-tree", "HEAD", f"clients/{self._name}")
        return found.split()[2] if found else None
