"""One Heroku app that serves many clients: another client is a folder in its repository and a few config vars."""

import shutil
import tempfile
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
    """Code, release, processes and database are everybody's: going back or restarting does so for all."""

    def __init__(self, site: HerokuSite, client: Repository) -> None:
        super().__init__(site, None)
        self._folder = FolderStep(site, client)

    def steps(self) -> Sequence[Step]:
        site = self._site
        return [SharedAppStep(site), OwnConfigStep(site), self._folder, SharedBuildStep(site)]

    def deploy(self, tell: Tell) -> None:
        with self._site.local.alone():
            if self._folder.look().state is not State.DONE:
                self._folder.move_in()
            super().deploy(tell)

    def back_up(self, target: Path) -> bool:
        """Its conversations stay in everybody's database."""
        return False

    def scale(self, processes: Mapping[str, int]) -> None:
        raise OutsideFailed(self._site.app, "is shared by many clients", todo="scale the shared deployment itself")

    def _is_behind(self, commit: str) -> bool:
        return super()._is_behind(commit) or self._folder.look().state is not State.DONE

    def _cents(self) -> int | None:
        return 0  # paid for by the client whose app it is


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


class SharedBuildStep(BuildStep):
    """Two clients that move in at once are built one after the other."""

    def apply(self, tell: Tell) -> None:
        with self._site.local.alone():
            super().apply(tell)


class FolderStep(Step):
    """The client's committed files, as `clients/<name>` of the shared repository.

    The commit is made beside the work tree, which then moves on to it: a run that dies leaves nothing half done.
    """

    key, title = "folder", "Client's folder in the shared repository"

    def __init__(self, site: HerokuSite, client: Repository) -> None:
        self._site, self._shared, self._client = site, site.local, client
        self._place = f"clients/{site.client}"

    def look(self) -> Finding:
        there = self._there()
        if there == self._client.git("rev-parse", "HEAD^{tree}"):
            return Finding(State.DONE, self._place)
        state = State.DIFFERS if there else State.ABSENT
        return Finding(state, "another state" if there else "", f"commit {self._place}")

    def apply(self, tell: Tell) -> None:
        with self._shared.alone():
            self.move_in()

    def move_in(self) -> None:
        """For whoever holds the repository already."""
        self._shared.git("fetch", "--quiet", str(self._client.folder.resolve()), "HEAD")
        self._move_on(f"Client {self._site.client}", with_tree="FETCH_HEAD")

    def undo(self) -> str | None:
        """Out of the repository, and out of what runs."""
        with self._shared.alone():
            there = self._there() is not None
            if there:
                self._move_on(f"Client {self._site.client} leaves", with_tree=None)
            build = BuildStep(self._site)
            if build.look().state is State.DIFFERS:
                build.apply(lambda _: None)
                return f"{self._place} taken out, and the app released without it"
        return f"{self._place} taken out" if there else None

    def _there(self) -> str | None:
        found = self._shared.git("ls-tree", "HEAD", self._place)
        return found.split()[2] if found else None

    def _move_on(self, message: str, *, with_tree: str | None) -> None:
        """One commit in which our folder is that tree; None: is gone. What others have changed must be committed."""
        others = (".", f":(exclude){self._place}")
        changed = self._shared.git("status", "--porcelain", "--untracked-files=all", "--", *others)
        if changed:
            raise OutsideFailed(
                str(self._shared.folder), "has changes that are not committed", todo="commit them first"
            )
        commit = self._committed(message, with_tree)
        if not self._shared.is_clean():  # only in our folder, whose contents are the client's repository's
            shutil.rmtree(self._shared.folder / self._place, ignore_errors=True)
            self._shared.git("reset", "--quiet", "--hard")
        self._shared.git("merge", "--quiet", "--ff-only", commit)

    def _committed(self, message: str, with_tree: str | None) -> str:
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": f"{scratch}/index"}
            self._shared.git("read-tree", "HEAD", env=index)
            self._shared.git("rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", self._place, env=index)
            if with_tree:
                self._shared.git("read-tree", f"--prefix={self._place}/", with_tree, env=index)
            tree = self._shared.git("write-tree", env=index)
        return self._shared.git("commit-tree", tree, "-p", "HEAD", "-m", message)
