"""What a person may see of a client's numbers beyond Meta's reports: when each was heard, and whom to try it on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remanso.store.rows import many
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Heard:
    """`heard_at`: the newest message of a contact; `told_at`: the newest report of Meta's about the number."""

    channel: str
    heard_at: datetime | None
    told_at: datetime | None

    @property
    def webhook_at(self) -> datetime | None:
        return max((at for at in (self.heard_at, self.told_at) if at), default=None)


@dataclass(frozen=True)
class Reachable:
    """A conversation that a test message could go to. `is_open`: free text may be sent."""

    id: UUID
    channel: str
    name: str | None
    is_open: bool


class Lines(Scoped):
    async def heard(self, client: str) -> list[Heard]:
        return many(
            Heard,
            await self._run(
                f"""
                SELECT channel, max(heard) AS heard_at, max(told) AS told_at FROM (
                    SELECT channel, last_inbound_at AS heard, CAST(NULL AS timestamptz) AS told FROM conversations
                    WHERE client = :client AND {self._mine("client")}
                    UNION ALL
                    SELECT channel, NULL, received_at FROM channel_reports
                    WHERE client = :client AND channel IS NOT NULL AND {self._mine("client")}
                ) known GROUP BY channel
                """,  # noqa: S608
                client=client,
            ),
        )

    async def tested_at(self, client: str) -> datetime | None:
        """When the Test button of Meta's App Dashboard was heard last."""
        found = await self._run(
            f"""
            SELECT max(received_at) FROM channel_reports
            WHERE client = :client AND kind = 'dashboard_test' AND {self._mine("client")}
            """,  # noqa: S608
            client=client,
        )
        tested: datetime | None = found.scalar_one()
        return tested

    async def reachable(self, client: str, window: timedelta, limit: int) -> list[Reachable]:
        """Those who wrote last first."""
        return many(
            Reachable,
            await self._run(
                f"""
                SELECT c.id, c.channel, coalesce(k.name, k.profile_name) AS name,
                    coalesce(c.last_inbound_at > now() - CAST(:window AS interval), false)
                        AND c.shut_after IS DISTINCT FROM c.last_inbound_at AS is_open
                FROM inbox i JOIN conversations c ON c.id = i.conversation_id JOIN contacts k ON k.id = c.contact_id
                WHERE i.client = :client AND c.merged_into IS NULL AND {self._mine("c.client")}
                ORDER BY i.last_at DESC LIMIT :limit
                """,  # noqa: S608
                client=client,
                window=window,
                limit=limit,
            ),
        )
