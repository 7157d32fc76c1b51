"""What waits to be told to endpoints: claimed under an endpoint's lease, in the order of the facts, line by line.

Rows come from triggers on the tables that hold the facts (docs/decisions/0024).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from remanso.errors import LeaseLost
from remanso.store.rows import Repository, many


@dataclass(frozen=True)
class Claim:
    """The right to tell one endpoint; `previous_secret` only while it still signs."""

    endpoint_id: UUID
    token: int
    url: str
    failures: int
    secret: str = field(repr=False)
    previous_secret: str | None = field(repr=False)


@dataclass(frozen=True)
class Notification:
    id: UUID
    client: str
    type: str
    line: UUID
    subject: UUID
    facts: dict[str, Any]
    attempts: int
    created_at: datetime


_FIRST = """NOT EXISTS (SELECT FROM webhook_notifications before WHERE before.endpoint_id = n.endpoint_id
    AND before.state = 'pending' AND before.line = n.line AND before.place < n.place)"""
"""In its line: the only one that may be told."""

_COMPLETE = """(n.horizon <= CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)
    OR n.horizon > CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint))"""
"""Nothing can turn up before it any more. A horizon in the future was written by the server of a restored backup."""


class Notifications(Repository):
    async def claim(self, ttl: timedelta, limit: int) -> list[Claim]:
        """Endpoints that something is to be told and nobody is telling. Rows that others hold are passed over."""
        return many(
            Claim,
            await self._run(
                """
                UPDATE webhook_endpoints SET token = token + 1, lease_until = now() + CAST(:ttl AS interval)
                WHERE id IN (
                    SELECT id FROM webhook_endpoints e
                    WHERE paused_at IS NULL AND disabled_at IS NULL AND due_at <= now()
                      AND (lease_until IS NULL OR lease_until <= now())
                      AND EXISTS (SELECT FROM webhook_notifications n
                                  WHERE n.endpoint_id = e.id AND n.state = 'pending' AND n.due_at <= now())
                    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
                RETURNING id AS endpoint_id, token, url, failures, secret,
                    CASE WHEN previous_until > now() THEN previous_secret END AS previous_secret
                """,
                ttl=ttl,
                limit=limit,
            ),
        )

    async def next(self, claim: Claim, ttl: timedelta, limit: int) -> list[Notification]:
        """What may be told now, the first of each line; the lease begins anew. Raises LeaseLost."""
        await self._hold(claim, "lease_until = now() + CAST(:ttl AS interval)", ttl=ttl)
        return many(
            Notification,
            await self._run(
                f"""
                SELECT n.id, n.client, n.type, n.line, n.subject, n.facts, n.attempts, n.created_at
                FROM webhook_notifications n
                JOIN webhook_endpoints e ON e.id = n.endpoint_id AND e.paused_at IS NULL AND e.disabled_at IS NULL
                WHERE n.endpoint_id = :id AND n.state = 'pending' AND n.due_at <= now() AND {_FIRST} AND {_COMPLETE}
                ORDER BY n.due_at, n.place LIMIT :limit
                """,  # noqa: S608
                id=claim.endpoint_id,
                limit=limit,
            ),
        )

    async def note(
        self, claim: Claim, notification: Notification, *, status: int | None, trouble: str | None, seconds: float
    ) -> None:
        """An attempt for the log. Raises LeaseLost."""
        await self._hold(claim, "delivered_at = CASE WHEN :ok THEN now() ELSE delivered_at END", ok=trouble is None)
        await self._run(
            """
            INSERT INTO webhook_attempts (notification_id, status, trouble, seconds)
            SELECT id, :status, :trouble, :seconds FROM webhook_notifications WHERE id = :id
            """,
            id=notification.id,
            status=status,
            trouble=trouble,
            seconds=seconds,
        )

    async def settle(self, notification: Notification, state: str) -> None:
        """It is `delivered`, or has `failed` for good: the next of its line may be told."""
        await self._run(
            """
            UPDATE webhook_notifications SET state = :state, attempts = attempts + 1, settled_at = now() WHERE id = :id
            """,
            id=notification.id,
            state=state,
        )

    async def postpone(self, claim: Claim, notification: Notification, pause: timedelta) -> None:
        """It, and what waits behind it in its line."""
        await self._run(
            """
            UPDATE webhook_notifications SET due_at = greatest(due_at, now() + CAST(:pause AS interval)),
                attempts = attempts + CASE WHEN id = :id THEN 1 ELSE 0 END
            WHERE endpoint_id = :endpoint AND line = :line AND state = 'pending'
            """,
            id=notification.id,
            endpoint=claim.endpoint_id,
            line=notification.line,
            pause=pause,
        )

    async def silent_since(self, claim: Claim, moment: datetime) -> bool:
        """Whether nothing has arrived at this endpoint since then."""
        found = await self._run(
            "SELECT coalesce(delivered_at < :moment, true) FROM webhook_endpoints WHERE id = :id",
            id=claim.endpoint_id,
            moment=moment,
        )
        return bool(found.scalar_one())

    async def disable(self, claim: Claim, reason: str) -> None:
        """Nothing more is tried until a person says so. Raises LeaseLost."""
        await self._hold(claim, "disabled_at = now(), disabled_reason = :reason", reason=reason)

    async def release(self, claim: Claim, *, failures: int, trouble: str | None, pause: timedelta) -> None:
        """Gives the lease back. Nothing happens when somebody else has it by now."""
        await self._run(
            """
            UPDATE webhook_endpoints SET lease_until = NULL, failures = :failures, trouble = :trouble,
                due_at = now() + CAST(:pause AS interval)
            WHERE id = :id AND token = :token
            """,
            id=claim.endpoint_id,
            token=claim.token,
            failures=failures,
            trouble=trouble,
            pause=pause,
        )

    async def forget(self, after: timedelta, limit: int) -> int:
        """What is older than `after`, told or not; at most so many. Gives how many."""
        gone = await self._run(
            """
            DELETE FROM webhook_notifications WHERE id IN (
                SELECT id FROM webhook_notifications WHERE created_at < now() - CAST(:after AS interval) LIMIT :limit)
            """,
            after=after,
            limit=limit,
        )
        return int(gone.rowcount)

    async def _hold(self, claim: Claim, changes: str, **values: Any) -> None:
        held = await self._run(
            f"UPDATE webhook_endpoints SET {changes} WHERE id = :id AND token = :token",  # noqa: S608
            id=claim.endpoint_id,
            token=claim.token,
            **values,
        )
        if held.rowcount != 1:
            raise LeaseLost(f"endpoint {claim.endpoint_id}")
