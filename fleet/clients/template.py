"""The template of client repositories, and the git repository that keeps its versions.

copier updates a client from the version it was made with to a newer one, so it needs every version the template ever
had. Where REMANSO_TEMPLATE names no repository, one is kept in the data home: whenever the template that comes with
this Remanso differs from the newest version there, it becomes the next version.
"""

import os
import shutil
from pathlib import Path

from packaging.version import Version

import fleet
from fleet.git import Repository

FIRST = "1.0.0"


def template_source(explicit: str | None) -> str:
    """What copier renders from: the named repository, else our own, brought up to date first."""
    return explicit or str(published(packaged(), data_home() / "template"))


def packaged() -> Path:
    """The template's files: beside this module in an installed Remanso, under deploy/ in a checkout."""
    beside = Path(__file__).with_name("template")
    return beside if beside.is_dir() else Path(fleet.__file__).parents[1] / "deploy" / "iass-backends" / "template"


def data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "remanso"


def published(files: Path, keeper: Path) -> Path:
    """`keeper`, a git repository whose newest tag is what `files` hold. Running it twice makes no second version."""
    keeper.mkdir(parents=True, exist_ok=True)
    repository = Repository(keeper)
    if not repository.exists():
        repository.git("init", "--quiet", "--initial-branch=main")
    _lay_out(files, keeper)
    repository.git("add", "--all")
    newest = newest_version(repository)
    if newest is None or repository.git("diff", "--cached", "--name-only", newest):
        version = FIRST if newest is None else _next(newest)
        repository.git("commit", "--quiet", "--allow-empty", "--message", f"Template {version}")
        repository.git("tag", version)
    return keeper


def newest_version(repository: Repository) -> str | None:
    return max(repository.git("tag", "--list").split(), key=Version, default=None)


def _next(version: str) -> str:
    major, minor, _ = Version(version).release
    return f"{major}.{minor + 1}.0"


def _lay_out(files: Path, keeper: Path) -> None:
    for old in keeper.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(files, keeper, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
