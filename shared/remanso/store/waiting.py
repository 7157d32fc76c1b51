"""What waits right now, where, and since when: read for dashboards, never for work."""

from dataclasses import dataclass
from datetime import timedelta

from remanso.store.rows import Repository, many

LIMIT = timedelta(seconds=2)
"""A look must never cost what it looks at: PostgreSQL ends it after so long, and it is StoreUnavailable."""


@dataclass(frozen=True)
class Waiting:
    """Rows of one client at one stage: how many, and the age of the oldest in seconds by PostgreSQL's clock."""

    client: str
    stage: str
    count: int
    oldest_seconds: float


# Every part reads a partial index of rows that are not settled. A burst whose turn before is still open is not late.
_WAITING = """
SELECT client, stage, count(*) AS count, CAST(extract(epoch FROM now() - min(since)) AS float) AS oldest_seconds
FROM (
    SELECT client, CASE WHEN due_at > now() THEN 'burst_open' ELSE 'burst_due' END AS stage,
        CASE WHEN due_at > now() THEN coalesce(burst_opened_at, now()) ELSE due_at END AS since
    FROM conversations c WHERE due_at IS NOT NULL AND mode = 'bot'
        AND NOT EXISTS (SELECT FROM turns t WHERE t.conversation_id = c.id AND t.state = 'open')
    UNION ALL
    SELECT client, CASE WHEN lease_until > now() THEN 'turn_in_work' WHEN retry_at > now() THEN 'turn_postponed'
        ELSE 'turn_free' END, sealed_at
    FROM turns WHERE state = 'open'
    UNION ALL
    SELECT c.client, 'delivery_' || d.state, d.created_at
    FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
    WHERE d.state IN ('pending', 'held', 'sending', 'unknown')
) rows GROUP BY client, stage
"""


class WaitingRows(Repository):
    async def now(self) -> list[Waiting]:
        """All that waits, by client and stage; a stage at which nothing waits has no row.

        Stages: `burst_open`, `burst_due`, `turn_free`, `turn_postponed`, `turn_in_work`, `delivery_pending`,
        `delivery_sending`, `delivery_held`, `delivery_unknown`. Ends the transaction's patience: use one of its own.
        """
        await self._run(f"SET LOCAL statement_timeout = {int(LIMIT.total_seconds() * 1000)}")
        return many(Waiting, await self._run(_WAITING))
