"""Failed log-ins, counted by account and by address. Keys are hashes made by the caller."""

from collections.abc import Collection
from datetime import timedelta

from remanso.store.rows import Repository


class Throttle(Repository):
    async def failures(self, keys: Collection[str], within: timedelta) -> dict[str, int]:
        """How often each of these failed lately."""
        rows = await self._run(
            """
            SELECT key, count(*) AS failures FROM login_failures
            WHERE key = ANY(:keys) AND at > now() - CAST(:within AS interval) GROUP BY key
            """,
            keys=list(keys),
            within=within,
        )
        return {row.key: row.failures for row in rows}

    async def note(self, keys: Collection[str]) -> None:
        """One more failure of each."""
        await self._run("INSERT INTO login_failures (key) SELECT unnest(CAST(:keys AS text[]))", keys=list(keys))

    async def forgive(self, key: str) -> None:
        await self._run("DELETE FROM login_failures WHERE key = :key", key=key)

    async def forget(self, after: timedelta, limit: int) -> int:
        """Those older than `after`; at most so many. Gives how many."""
        gone = await self._run(
            """
            DELETE FROM login_failures WHERE id IN (
                SELECT id FROM login_failures WHERE at < now() - CAST(:after AS interval) ORDER BY id LIMIT :limit)
            """,
            after=after,
            limit=limit,
        )
        return int(gone.rowcount)
