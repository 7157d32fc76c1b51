"""Parkings: what Meta refuses until a person acts, why, when it is tried next. At most one is open for each key."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, many

FIRST_PROBE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
"""Pauses between probes double up to this."""

_PAUSE = "least(CAST(:first AS interval) * 2 ^ least(probes + 1, 20), CAST(:longest AS interval))"


@dataclass(frozen=True)
class Parking:
    id: UUID
    scope: str
    key: str
    client: str
    channels: list[str]
    code: int | None
    detail: str
    """Meta's words, without personal data. The reason for people follows from `code`."""
    by_receipt: bool
    since: datetime
    probes: int
    probe_at: datetime
    probe_id: UUID | None
    """The delivery that was let through last to see whether it goes."""
    now: datetime


_COLUMNS = """id, scope, key, client, channels, code, detail, by_receipt, since, probes, probe_at, probe_id,
    clock_timestamp() AS now"""


class Parkings(Repository):
    async def park(
        self,
        scope: str,
        key: str,
        *,
        client: str,
        channels: Collection[str],
        code: int | None,
        detail: str,
        by_receipt: bool = False,
    ) -> bool:
        """Parks `key`, or tells anew why it stays parked. Whether it was not parked before."""
        result = await self._run(
            """
            INSERT INTO parkings AS p (id, scope, key, client, channels, code, detail, by_receipt, probe_at)
            VALUES (:id, :scope, :key, :client, CAST(:channels AS text[]), :code, :detail, :by_receipt, now() + :first)
            ON CONFLICT (key) WHERE ended_at IS NULL DO UPDATE
            SET code = EXCLUDED.code, detail = EXCLUDED.detail, channels = EXCLUDED.channels,
                by_receipt = p.by_receipt OR EXCLUDED.by_receipt
            RETURNING id
            """,
            id=(new := uuid7()),
            scope=scope,
            key=key,
            client=client,
            channels=sorted(channels),
            code=code,
            detail=detail,
            by_receipt=by_receipt,
            first=FIRST_PROBE,
        )
        return bool(result.scalar_one() == new)

    async def open_of(self, keys: Collection[str]) -> list[Parking]:
        return many(
            Parking,
            await self._run(
                f"SELECT {_COLUMNS} FROM parkings WHERE key = ANY(:keys) AND ended_at IS NULL",  # noqa: S608
                keys=list(keys),
            ),
        )

    async def all_open(self, clients: Collection[str] | None = None) -> list[Parking]:
        """The oldest first; of these clients, or of all."""
        return many(
            Parking,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM parkings
                WHERE ended_at IS NULL AND (CAST(:clients AS text[]) IS NULL OR client = ANY(:clients))
                ORDER BY since, id
                """,  # noqa: S608
                clients=None if clients is None else list(clients),
            ),
        )

    async def claim_due(self, clients: Collection[str], limit: int) -> list[Parking]:
        """Takes parked numbers whose next probe is due, and writes down when the one after it is."""
        return many(
            Parking,
            await self._run(
                f"""
                UPDATE parkings SET probes = probes + 1, probe_at = now() + {_PAUSE}
                WHERE id IN (SELECT id FROM parkings
                             WHERE ended_at IS NULL AND probe_at <= now() AND client = ANY(:clients)
                               AND channels <> '{{}}'
                             ORDER BY probe_at LIMIT :limit FOR UPDATE SKIP LOCKED)
                RETURNING {_COLUMNS}
                """,  # noqa: S608
                clients=list(clients),
                limit=limit,
                first=FIRST_PROBE,
                longest=LONGEST_PAUSE,
            ),
        )

    async def claim(self, parking_id: UUID) -> bool:
        """Takes the probe of a contact or a template, if it is due and nobody else has."""
        result = await self._run(
            f"""
            UPDATE parkings SET probes = probes + 1, probe_at = now() + {_PAUSE}
            WHERE id = :id AND ended_at IS NULL AND probe_at <= now()
            """,  # noqa: S608
            id=parking_id,
            first=FIRST_PROBE,
            longest=LONGEST_PAUSE,
        )
        return result.rowcount == 1

    async def probing(self, parking_ids: Collection[UUID], delivery_id: UUID) -> None:
        """This delivery shows whether it goes again."""
        await self._run(
            "UPDATE parkings SET probe_id = :delivery WHERE id = ANY(:ids)",
            ids=list(parking_ids),
            delivery=delivery_id,
        )

    async def end_answered(self, delivery_id: UUID) -> list[str]:
        """The probe was accepted, or refused for a reason of its own: what no receipt has to end, is over. The keys."""
        return await self._end("probe_id = :probe AND NOT by_receipt", "probe", probe=delivery_id)

    async def end_arrived(self, delivery_ids: Collection[UUID]) -> list[str]:
        """Probes have left Meta: whatever they were for is over. The keys."""
        return await self._end("probe_id = ANY(:probes)", "probe", probes=list(delivery_ids))

    async def end(self, parking_ids: Collection[UUID], by: str) -> list[str]:
        return await self._end("id = ANY(:ids)", by, ids=list(parking_ids))

    async def _end(self, condition: str, by: str, **values: Any) -> list[str]:
        result = await self._run(
            f"""
            UPDATE parkings SET ended_at = now(), ended_by = :by WHERE {condition} AND ended_at IS NULL RETURNING key
            """,  # noqa: S608
            by=by,
            **values,
        )
        return list(result.scalars())
