"""What stands beside a dump: what it is of, and how to know that it is whole. No personal data, no secrets."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from remanso.errors import BadInput

FILE = "manifest.json"


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["remanso.backup/1"] = "remanso.backup/1"
    id: UUID
    made_at: datetime
    """By PostgreSQL's clock, before the dump began: what was committed by then is in it."""
    remanso: str
    schema_revision: str
    server: int
    clients: tuple[str, ...]
    dump: str
    """The file's name."""
    encrypted: bool
    bytes: int
    sha256: str


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`, its dump checked against it. Raises BadInput that says what is wrong."""
    try:
        manifest = Manifest.model_validate_json((folder / FILE).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{folder} is no backup: it has no {FILE}") from None
    except OSError as problem:
        raise BadInput(f"{folder / FILE} cannot be read: {problem.strerror}") from None
    except ValidationError:
        raise BadInput(f"{folder / FILE} cannot be read: it is damaged, or of a newer Remanso") from None
    dump = folder / manifest.dump
    if not dump.is_file() or dump.stat().st_size != manifest.bytes or sha256_of(dump) != manifest.sha256:
        raise BadInput(f"{dump} is not what its manifest says: it is damaged, or was not copied whole")
    return manifest


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
