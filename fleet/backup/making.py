"""A database into a folder: `pg_dump`, through age where a key is given, and the manifest. All of it or nothing."""

import asyncio
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import IO
from uuid import uuid4

from fleet.backup.manifest import FILE, Manifest, sha256_of
from fleet.backup.programs import AGE_MISSING, last_words, postgres_program, surroundings
from fleet.trouble import OutsideFailed
from remanso.errors import BadInput
from remanso.store.standing import Standing, clients_in, standing_of


def back_up(url: str, folder: Path, *, recipient: str | None = None) -> Manifest:
    """Writes the database at `url` into `folder`, which must not exist yet and appears only when it is whole.

    With `recipient` (a public key of age) the dump never lies anywhere unencrypted.
    Raises OutsideFailed, BadInput, or StoreUnavailable.
    """
    standing = asyncio.run(standing_of(url))
    if standing.revision is None:
        raise BadInput("that database has none of our tables: there is nothing to back up")
    growing = _room_for(folder)
    try:
        dump = growing / f"database.dump{'.age' if recipient else ''}"
        _dump(url, dump, standing.server, recipient)
        manifest = _manifest(standing, asyncio.run(clients_in(url)), dump, encrypted=recipient is not None)
        (growing / FILE).write_text(manifest.model_dump_json(indent=2) + "\n", "utf-8")
        growing.rename(folder)
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return manifest


def _room_for(folder: Path) -> Path:
    """A new folder beside it, to be renamed."""
    growing = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
    try:
        if folder.exists():
            raise BadInput(f"{folder} is there already; a backup is never written over another")
        growing.mkdir(parents=True, mode=0o700)
    except OSError as problem:
        raise BadInput(f"{folder.parent} is not ours to write to: {problem.strerror}") from None
    return growing


def _manifest(standing: Standing, clients: tuple[str, ...], dump: Path, *, encrypted: bool) -> Manifest:
    return Manifest(
        id=uuid4(),
        made_at=standing.now,
        remanso=version("remanso"),
        schema_revision=standing.revision or "",
        server=standing.server,
        clients=clients,
        dump=dump.name,
        encrypted=encrypted,
        bytes=dump.stat().st_size,
        sha256=sha256_of(dump),
    )


def _dump(url: str, target: Path, server: int, recipient: str | None) -> None:
    program = [str(postgres_program("pg_dump", server)), "--format=custom", "--no-owner", "--no-privileges"]
    target.touch(mode=0o600)
    with (
        target.open("wb") as output,
        subprocess.Popen(
            program, env=surroundings(url), stdout=subprocess.PIPE if recipient else output, stderr=subprocess.PIPE
        ) as dumping,
    ):
        sealed = 0
        if recipient:
            sealed = _seal(recipient, dumping, output)
        _, said = dumping.communicate()
    if dumping.returncode or sealed or not target.stat().st_size:
        why = last_words(said) if dumping.returncode else "age could not encrypt: is the recipient a public key?"
        raise OutsideFailed("backup", f"pg_dump failed: {why}", todo="is the database to be reached from here?")


def _seal(recipient: str, dumping: "subprocess.Popen[bytes]", output: IO[bytes]) -> int:
    """age's exit code; it reads what pg_dump writes."""
    try:
        sealing = subprocess.Popen(
            ["age", "--encrypt", "--recipient", recipient],
            stdin=dumping.stdout,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        dumping.kill()
        raise OutsideFailed("backup", AGE_MISSING, todo="install age") from None
    if dumping.stdout:
        dumping.stdout.close()  # else pg_dump would never learn that age has ended
        dumping.stdout = None
    return int(sealing.wait())
