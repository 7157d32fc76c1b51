"""A client's database in a file, before the client goes."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from fleet.trouble import OutsideFailed


def dump(url: str, target: Path) -> None:
    """`pg_dump` in its own format, the password in its environment; read once again. Raises OutsideFailed."""
    with whole_or_not_at_all(target) as file:
        run(["pg_dump", "--format=custom", "--no-owner"], file, _as_environment(url))


@contextmanager
def whole_or_not_at_all(target: Path) -> Iterator[BinaryIO]:
    """A file for a dump, readable by its owner alone; it gets its name once pg_restore can read it."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_suffix(".part")
    with open(part, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        yield file
    with Path(os.devnull).open("wb") as nowhere:
        run(["pg_restore", "--list", str(part)], nowhere, {})
    part.replace(target)


def run(words: Sequence[str], into: BinaryIO, environment: Mapping[str, str]) -> None:
    """A program of PostgreSQL's. Raises OutsideFailed."""
    try:
        ended = subprocess.run(
            words, env={**os.environ, **environment}, stdout=into, stderr=subprocess.PIPE, check=False
        )
    except FileNotFoundError:
        raise OutsideFailed(
            "backup", f"the program {words[0]} is not installed", todo="install postgresql-client"
        ) from None
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise OutsideFailed(
            "backup",
            f"{words[0]} failed, and nothing was taken down: {said[-1]}",
            todo="is the database to be reached from here, and its version not above pg_dump's?",
        )


def _as_environment(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
    }
