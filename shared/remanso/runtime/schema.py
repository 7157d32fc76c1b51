"""A service begins only when its tables are there: at the schema it was written for, or a newer one (docs/upgrades.md).

It waits instead of ending: while a release rolls out, the old processes go on, and this one joins when `remanso
migrate` is through. The same while a backup is being restored.
"""

import asyncio

import structlog

from remanso.errors import StoreUnavailable
from remanso.store import Store
from remanso.store.migrate import known, newest
from remanso.store.standing import Standing

LOOK_SECONDS = 0.5

log = structlog.get_logger()


async def until_schema(store: Store) -> None:
    """Returns when the database may be worked on; waits for it as long as it takes, and says once what it waits for."""
    told: str | None = None
    while True:
        try:
            async with store.transaction() as tx:
                missing = what_is_missing(await tx.standing())
        except StoreUnavailable:
            missing = "database"
        if missing is None:
            return
        if missing != told:
            log.warning("schema.waited_for", missing=missing, needed=newest())
        told = missing
        await asyncio.sleep(LOOK_SECONDS)


def what_is_missing(standing: Standing) -> str | None:
    """What has to happen first: `database` (to be reached), `restore` (to be finished) or `migrate`; None: nothing."""
    if standing.restoring is not None:
        return "restore"
    ours, theirs = known(), standing.revision
    return "migrate" if theirs is None or (theirs in ours and theirs != newest()) else None
