"""All clients at a glance, for operators: how each is doing, what nobody knows, what went wrong lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remanso.store.deliveries import Delivery
from remanso.store.rows import many
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Pulse:
    """A client now. `overdue` counts conversations whose first waiting part could have gone a minute ago or more."""

    client: str
    heard_at: datetime | None
    open_turns: int
    oldest_turn: datetime | None
    overdue: int
    unknown: int
    parked: int
    outage_since: datetime | None
    outage: str | None


@dataclass(frozen=True)
class Doubt:
    """A delivery of which nobody knows whether it went out. `attempts` names the attempt that is in doubt."""

    id: UUID
    client: str
    conversation_id: UUID
    kind: str
    attempts: int
    resends: int
    reason: str | None
    reconcile_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Trouble:
    """`kind` is `turn`, `delivery` or `outage`; `reason` is ours or Meta's, never a contact's."""

    kind: str
    client: str
    conversation_id: UUID | None
    code: int | None
    reason: str | None
    at: datetime


class Watch(Scoped):
    async def pulses(self) -> list[Pulse]:
        """Of every client of whom there is anything here, by name."""
        return many(
            Pulse,
            await self._run(
                f"""
                WITH heard AS (SELECT client, max(last_inbound_at) AS at FROM conversations GROUP BY client),
                open AS (SELECT client, count(*) AS n, min(sealed_at) AS oldest
                         FROM turns WHERE state = 'open' GROUP BY 1),
                waiting AS (
                    SELECT c.client, count(*) FILTER (WHERE d.state = 'unknown') AS unknown,
                        count(DISTINCT d.conversation_id) FILTER (
                            WHERE d.state IN ('pending', 'sending')
                              AND coalesce(d.retry_at, d.created_at) < now() - interval '1 minute') AS overdue
                    FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
                    WHERE d.state IN ('pending', 'held', 'sending', 'unknown') GROUP BY 1),
                stopped AS (SELECT client, count(*) AS n FROM parkings WHERE ended_at IS NULL GROUP BY 1)
                SELECT h.client, h.at AS heard_at, coalesce(o.n, 0) AS open_turns, o.oldest AS oldest_turn,
                    coalesce(w.overdue, 0) AS overdue, coalesce(w.unknown, 0) AS unknown,
                    coalesce(s.n, 0) AS parked, x.started_at AS outage_since, x.reason AS outage
                FROM heard h LEFT JOIN open o USING (client) LEFT JOIN waiting w USING (client)
                LEFT JOIN stopped s USING (client)
                LEFT JOIN outages x ON x.client = h.client AND x.ended_at IS NULL
                WHERE {self._mine("h.client")} ORDER BY h.client
                """,  # noqa: S608
            ),
        )

    async def doubts(self, limit: int) -> list[Doubt]:
        """The oldest first."""
        return many(
            Doubt,
            await self._run(
                f"""
                SELECT d.id, c.client, d.conversation_id, d.kind, d.attempts, d.resends, d.reason, d.reconcile_at,
                    d.created_at
                FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
                WHERE d.state = 'unknown' AND {self._mine("c.client")} ORDER BY d.created_at LIMIT :limit
                """,  # noqa: S608
                limit=limit,
            ),
        )

    async def conversation_of(self, delivery_id: UUID) -> UUID | None:
        """None: there is no such delivery."""
        found = await self._run(
            f"""
            SELECT c.id FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
            WHERE d.id = :id AND {self._mine("c.client")}
            """,  # noqa: S608
            id=delivery_id,
        )
        return found.scalar_one_or_none()

    async def adopt(self, delivery: Delivery, reason: str) -> None:
        """A person knows that it went out: as if Meta had accepted it. A receipt still moves it upward.

        Its conversation is locked by the caller; nothing happens when it is not in doubt any more.
        """
        await self._run(
            f"""
            UPDATE deliveries d SET state = 'accepted', accepted_at = coalesce(accepted_at, now()),
                reconcile_at = NULL, retry_at = NULL, reason = :reason
            FROM conversations c WHERE c.id = d.conversation_id AND d.id = :id AND d.state = 'unknown'
              AND d.attempts = :attempts AND {self._mine("c.client")}
            """,  # noqa: S608
            id=delivery.id,
            attempts=delivery.attempts,
            reason=reason,
        )

    async def troubles(self, since: timedelta, limit: int) -> list[Trouble]:
        """Failed turns and parts and outages of all clients, the newest first.

        Deliveries and turns are found by their ids, which begin with the time they were made: no index of its own.
        """
        return many(
            Trouble,
            await self._run(
                f"""
                WITH floor AS (
                    SELECT CAST(rpad(lpad(to_hex(CAST(extract(epoch FROM now() - CAST(:since AS interval)) * 1000
                        AS bigint)), 12, '0'), 32, '0') AS uuid) AS id)
                SELECT * FROM (
                    (SELECT 'turn' AS kind, client, conversation_id, CAST(NULL AS integer) AS code, reason,
                        coalesce(closed_at, sealed_at) AS at
                     FROM turns WHERE state = 'failed' AND id > (SELECT id FROM floor) AND {self._mine("client")}
                     ORDER BY id DESC LIMIT :limit)
                    UNION ALL
                    (SELECT 'delivery', c.client, d.conversation_id, d.code, d.reason,
                        coalesce(d.settled_at, d.created_at)
                     FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
                     WHERE d.state = 'failed' AND d.id > (SELECT id FROM floor) AND {self._mine("c.client")}
                     ORDER BY d.id DESC LIMIT :limit)
                    UNION ALL
                    (SELECT 'outage', client, NULL, NULL, reason, started_at FROM outages
                     WHERE started_at > now() - CAST(:since AS interval) AND {self._mine("client")}
                     ORDER BY started_at DESC LIMIT :limit)
                ) troubles ORDER BY at DESC LIMIT :limit
                """,  # noqa: S608
                since=since,
                limit=limit,
            ),
        )
