"""Requests that carry an Idempotency-Key: stored in the transaction of what they did, so both happened or neither."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from remanso.store.rows import Repository, one


@dataclass(frozen=True)
class Earlier:
    """What an earlier request of the same key was, and what it was answered; `body` is None where it is not kept."""

    fingerprint: str
    status: int
    body: str | None


class ApiRequests(Repository):
    async def begin(self, api_key_id: UUID, key: str, fingerprint: str) -> Earlier | None:
        """None: nobody asked this before, and from here on nobody else can until this transaction ends.

        Who comes meanwhile waits for it.
        """
        new = await self._run(
            """
            INSERT INTO api_requests (api_key_id, key, fingerprint) VALUES (:id, :key, :fingerprint)
            ON CONFLICT DO NOTHING
            """,
            id=api_key_id,
            key=key,
            fingerprint=fingerprint,
        )
        if new.rowcount:
            return None
        return one(
            Earlier,
            await self._run(
                "SELECT fingerprint, status, body FROM api_requests WHERE api_key_id = :id AND key = :key",
                id=api_key_id,
                key=key,
            ),
        )

    async def end(self, api_key_id: UUID, key: str, status: int, body: str | None) -> None:
        await self._run(
            "UPDATE api_requests SET status = :status, body = :body WHERE api_key_id = :id AND key = :key",
            id=api_key_id,
            key=key,
            status=status,
            body=body,
        )

    async def forget(self, after: timedelta, limit: int) -> int:
        """Those older than `after`: their keys may be used anew. At most so many; gives how many."""
        gone = await self._run(
            """
            DELETE FROM api_requests WHERE (api_key_id, key) IN (
                SELECT api_key_id, key FROM api_requests WHERE created_at < now() - CAST(:after AS interval)
                ORDER BY created_at LIMIT :limit)
            """,
            after=after,
            limit=limit,
        )
        return int(gone.rowcount)
