"""Making a client's repository: render, commit. Needs no network."""

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.git import Repository
from remanso.errors import BadInput, ConfigurationError

ANSWERS = ".copier-answers.yml"
QUESTIONS = (
    "title",
    "language",
    "timezone",
    "phone_number_id",
    "display_number",
    "account",
    "model",
    "remanso",
)


@dataclass(frozen=True)
class Created:
    folder: Path
    commit: str
    version: str
    """Of the template."""


def read_answers(path: Path) -> dict[str, str]:
    """Answers from a TOML file, `key = "value"` for any of QUESTIONS. Raises BadInput."""
    try:
        answers = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise BadInput(f"{path.name}: {problem}") from None
    unknown = answers.keys() - {*QUESTIONS, "name"}
    if unknown:
        raise BadInput(
            f"{path.name}: the template asks no {', '.join(sorted(unknown))}; it asks {', '.join(QUESTIONS)}"
        )
    return {key: str(value) for key, value in answers.items()}


def create(name: str, folder: Path, answers: Mapping[str, str], source: str, *, ask: bool) -> Created:
    """Render the template and commit it, beside `folder`; then it is there at once, whole, or not at all.

    Args:
        name: of the client.
        folder: must be missing, empty, or what an earlier run for this client has left.
        answers: to some of QUESTIONS.
        source: the template's git repository.
        ask: put the other questions to the person at the terminal; else they get their defaults.

    Raises:
        BadInput: the folder holds something else, or an answer is refused.
    """
    if not _is_there(folder, name):
        making = folder.with_name(f".{folder.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        _render(source, making, {**answers, "name": name}, ask=ask)
        Repository(making).begin(f"{answers.get('title', name)}: made from Remanso's template")
        making.replace(folder)
    return Created(folder, Repository(folder).head() or "", template_version(folder))


def template_version(folder: Path) -> str:
    """The template's version a client's repository is at. Raises ConfigurationError."""
    return str(recorded(folder)["_commit"])


def recorded(folder: Path) -> dict[str, Any]:
    """The answers copier keeps in the repository. Raises ConfigurationError."""
    import yaml  # comes with copier, of the extra `fleet`

    try:
        answers = yaml.safe_load((folder / ANSWERS).read_text("utf-8"))
    except OSError:
        raise ConfigurationError(f"{folder} is not made from the template: it has no {ANSWERS}") from None
    if not isinstance(answers, dict) or "_commit" not in answers:
        raise ConfigurationError(f"{folder / ANSWERS} is damaged; restore it from git")
    return answers


def _is_there(folder: Path, name: str) -> bool:
    if not folder.exists() or not any(folder.iterdir()):
        return False
    if not (folder / ANSWERS).is_file() or recorded(folder).get("name") != name:
        raise BadInput(f"{folder} holds something else already; choose another folder or empty it")
    return True


def _render(source: str, folder: Path, answers: Mapping[str, str], *, ask: bool) -> None:
    import copier  # of the extra `fleet`: machines that only run bots have none
    from copier.errors import CopierError

    try:
        copier.run_copy(source, folder, data=dict(answers), defaults=not ask, overwrite=True, quiet=True)
    except (CopierError, ValueError) as problem:
        raise BadInput(f"the template refused: {problem}") from None
