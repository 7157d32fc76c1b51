"""A client's database in a file, before the client goes."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fleet.trouble import OutsideFailed


def back_up(url: str, target: Path) -> int:
    """`pg_dump` in its own format, the password in its environment; the size in bytes. Raises OutsideFailed."""
    parts = urlsplit(url)
    environment = {
        **os.environ,
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
    }
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        ended = subprocess.run(
            ["pg_dump", "--format=custom", "--no-owner", f"--file={target}"],
            env=environment,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise OutsideFailed(
            "backup", "the program pg_dump is not installed", todo="install postgresql-client"
        ) from None
    if ended.returncode or not target.exists() or not target.stat().st_size:
        raise OutsideFailed(
            "backup", "pg_dump failed; nothing was taken down", todo="is the database to be reached from here?"
        )
    target.chmod(0o600)
    return target.stat().st_size
