"""Outages: the spans in which a client's model could not be asked. Each conversation is told at most once in each."""

from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository


class Outages(Repository):
    async def open(self, client: str, reason: str) -> UUID:
        """The client's open outage, begun now if there is none."""
        result = await self._run(
            """
            INSERT INTO outages (id, client, reason) VALUES (:id, :client, :reason)
            ON CONFLICT (client) WHERE ended_at IS NULL DO UPDATE SET reason = outages.reason
            RETURNING id
            """,
            id=uuid7(),
            client=client,
            reason=reason,
        )
        found: UUID = result.scalar_one()
        return found

    async def end(self, client: str) -> None:
        """The model answered: whatever outage was open is over."""
        await self._run(
            "UPDATE outages SET ended_at = now() WHERE client = :client AND ended_at IS NULL", client=client
        )
