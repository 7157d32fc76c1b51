"""Outages: the spans in which a client's model could not be asked. Each conversation is told at most once in each."""

from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository


class Outages(Repository):
    """One row that everybody of a client comes by: nobody waits for it, and it is locked as seldom as can be."""

    async def open(self, client: str, reason: str) -> UUID:
        """The client's open outage, begun now if there is none."""
        found = await self._run("SELECT id FROM outages WHERE client = :client AND ended_at IS NULL", client=client)
        outage: UUID | None = found.scalar_one_or_none()
        return outage or await self._begin(client, reason)

    async def end(self, client: str) -> None:
        """The model answered: whatever outage was open is over. Left to whoever is ending it at this moment."""
        await self._run(
            """
            UPDATE outages SET ended_at = now() WHERE id IN (
                SELECT id FROM outages WHERE client = :client AND ended_at IS NULL FOR NO KEY UPDATE SKIP LOCKED)
            """,
            client=client,
        )

    async def _begin(self, client: str, reason: str) -> UUID:
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
        begun: UUID = result.scalar_one()
        return begun
