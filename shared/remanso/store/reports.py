"""What Meta tells about numbers, accounts and templates, and what came in that nobody here knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remanso.store.rows import Repository, many


@dataclass(frozen=True)
class Report:
    id: str
    client: str
    kind: str
    field: str | None
    channel: str | None
    account: str | None
    value: dict[str, Any]
    detail: str | None
    received_at: datetime


class Reports(Repository):
    async def add(self, reports: Sequence[Report]) -> None:
        """Stores reports; one that is here already is left as it is."""
        await self._run_many(
            """
            INSERT INTO channel_reports (id, client, kind, field, channel, account, value, detail, received_at)
            VALUES (:id, :client, :kind, :field, :channel, :account, :value, :detail, :received_at)
            ON CONFLICT (id) DO NOTHING
            """,
            [vars(report) for report in reports],
            json=["value"],
        )

    async def new_among(self, ids: Iterable[str]) -> set[str]:
        """Those of `ids` that are not stored yet."""
        wanted = set(ids)
        found = await self._run("SELECT id FROM channel_reports WHERE id = ANY(:ids)", ids=sorted(wanted))
        return wanted - set(found.scalars())

    async def of_client(self, client: str) -> list[Report]:
        return many(
            Report,
            await self._run(
                """
                SELECT id, client, kind, field, channel, account, value, detail, received_at
                FROM channel_reports WHERE client = :client ORDER BY received_at, id
                """,
                client=client,
            ),
        )
