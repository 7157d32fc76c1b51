"""A dump that a place made of its own database, poured into a file here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fleet.trouble import OutsideFailed

BEGINS = b"PGDMP"
"""As every file of pg_dump's custom format does."""


@contextmanager
def whole_or_not_at_all(folder: Path) -> Iterator[BinaryIO]:
    """`database.dump` in `folder`, readable by its owner alone; it gets its name once it is whole."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / ".part"
    with open(part, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        yield file
    with part.open("rb") as made:
        if made.read(len(BEGINS)) != BEGINS:
            raise OutsideFailed("backup", "what came is no dump of PostgreSQL's", todo="look at the database there")
    part.replace(folder / "database.dump")
