"""A backup into an empty database, and all that must happen before a service may work on it.

Killed anywhere it is run again and goes on: the database bears a mark from the first moment to the last, and while it
does, no service starts (remanso/runtime/schema.py).
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from fleet.backup.manifest import Manifest, read_manifest
from fleet.backup.programs import AGE_MISSING, last_words, postgres_program, surroundings
from fleet.trouble import OutsideFailed
from remanso.errors import BadInput
from remanso.runtime.forgetting import forget_again
from remanso.store import Store
from remanso.store.forgetting import Mark
from remanso.store.migrate import known, upgrade
from remanso.store.restored import Aftermath
from remanso.store.standing import Standing, begin_restoring, standing_of

RECEIPTS_WITHIN = timedelta(seconds=60)
"""For so long parts that may have gone out wait for a receipt; those that Meta sent meanwhile are asked for at once."""


def restore(
    folder: Path,
    url: str,
    *,
    identity: Path | None = None,
    marks: Sequence[Mark] = (),
    hand_over: bool = False,
    wait: timedelta = RECEIPTS_WITHIN,
) -> tuple[Manifest, Aftermath, int]:
    """The backup in `folder` into the empty database at `url`; gives how many were forgotten again, too.

    `marks`: of those who were forgotten since the backup. Raises BadInput, OutsideFailed, or StoreUnavailable.
    """
    manifest = read_manifest(folder)
    if manifest.schema_revision not in known():
        raise BadInput(
            f"the backup was made by a newer Remanso ({manifest.remanso}, schema {manifest.schema_revision}): use that"
        )
    standing = asyncio.run(standing_of(url))
    _check(standing, manifest)
    if standing.restoring is None:
        asyncio.run(begin_restoring(url, manifest.id))
    if standing.revision is None:
        _load(folder / manifest.dump, url, standing.server, identity if manifest.encrypted else None, manifest)
    aftermath, again = asyncio.run(settle(url, marks, wait, hand_over=hand_over))
    return manifest, aftermath, again


def _check(standing: Standing, manifest: Manifest) -> None:
    if standing.server < manifest.server:
        raise BadInput(
            f"the backup is of PostgreSQL {manifest.server}, this server is {standing.server}: take a newer one"
        )
    if standing.restoring is not None and standing.restoring != str(manifest.id):
        raise BadInput("another backup is being restored into this database; drop it and make a new one")
    if standing.restoring is None and not standing.empty:
        raise BadInput("this database is not empty; a backup is never restored over rows. Make a new one for it")


def _load(dump: Path, url: str, server: int, identity: Path | None, manifest: Manifest) -> None:
    """All of it in one transaction."""
    program = [str(postgres_program("pg_restore", server)), "--no-owner", "--no-privileges", "--exit-on-error"]
    program += ["--single-transaction", f"--dbname={surroundings(url)['PGDATABASE']}"]
    with dump.open("rb") as source, _opened(source, identity, encrypted=manifest.encrypted) as content:
        loaded = subprocess.run(program, env=surroundings(url), stdin=content, capture_output=True, check=False)
    if loaded.returncode:
        raise OutsideFailed("restore", f"pg_restore failed: {last_words(loaded.stderr)}", todo="nothing was restored")


@contextmanager
def _opened(source: IO[bytes], identity: Path | None, *, encrypted: bool) -> Iterator[IO[bytes]]:
    if not encrypted:
        yield source
        return
    if identity is None:
        raise BadInput("the backup is encrypted: name the key file by --age-identity or REMANSO_AGE_IDENTITY")
    if not os.access(identity, os.R_OK):
        raise BadInput(f"the key file {identity} cannot be read: is it there, and may we?")
    try:
        opening = subprocess.Popen(
            ["age", "--decrypt", "--identity", str(identity)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise OutsideFailed("restore", AGE_MISSING, todo="install age") from None
    with opening:
        if opening.stdout is None:
            raise OutsideFailed("restore", "age gave nothing")
        yield opening.stdout


async def settle(url: str, marks: Sequence[Mark], wait: timedelta, *, hand_over: bool) -> tuple[Aftermath, int]:
    """What follows the load: also after a recovery that PostgreSQL did itself. Services start only behind it."""
    await upgrade(url)
    async with Store.connect(url, name="restore", pool_size=1) as store:
        again = await forget_again(store, list(marks), who="restore")
        async with store.transaction() as tx:
            aftermath = await tx.restored.settle(wait, hand_over=hand_over)
    return aftermath, again
