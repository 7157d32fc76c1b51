"""PostgreSQL's own programs and age, and how they are given an address without showing its password."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from fleet.local.postgres import wheel_binaries
from fleet.trouble import OutsideFailed

AGE_MISSING = "the program `age` is not installed"
LIBPQ = ("sslmode", "sslrootcert", "sslcert", "sslkey")
"""What may stand in our URLs that PostgreSQL's programs must know, too."""


def postgres_program(name: str, server: int) -> Path:
    """`pg_dump` or `pg_restore` for a server of this major version: the oldest that is no older than it.

    A newer one would write settings that the server does not know. Raises OutsideFailed where there is none.
    """
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *filter(None, [wheel_binaries()])]
    on_path = shutil.which(name)
    candidates = [*(folder / name for folder in folders), *([Path(on_path)] if on_path else [])]
    fitting = {major: path for path in candidates if path.exists() and (major := _major(path)) >= server}
    if not fitting:
        raise OutsideFailed(
            "backup",
            f"there is no {name} of PostgreSQL {server} or newer here",
            todo=f"install postgresql-client-{server}",
        )
    return fitting[min(fitting)]


def surroundings(url: str) -> dict[str, str]:
    """The environment for them, with the address of `url`: on a command line the password could be seen."""
    parts = urlsplit(url)
    asked = {f"PG{name.upper()}": values[0] for name, values in parse_qs(parts.query).items() if name in LIBPQ}
    return {
        **os.environ,
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
        **asked,
    }


def last_words(said: bytes) -> str:
    """The last line of an error output: PostgreSQL's programs never repeat a password there."""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it gave no reason"


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0
