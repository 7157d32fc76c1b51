"""Two contacts that turn out to be one person: the rows of both become one conversation per channel.

From the first moment all names are the survivor's, so nobody writes as the other one any more. Its conversations
follow once nothing of theirs is under way: no turn is open, no part on its way to the channel. Why this loses, doubles
and disorders nothing: docs/decisions/0019-one-person-under-several-names.md.
"""

from collections.abc import Sequence
from uuid import UUID

from remanso.store.folding import Folding
from remanso.store.ledger import Ledger
from remanso.store.rows import Repository


class Merging(Repository):
    async def join(self, one: UUID, other: UUID) -> UUID:
        """Makes one of two locked contacts the other; gives who is left.

        That is `one`, unless only the other has something under way. Raises LookupError where a contact is missing.
        """
        busy = await self._busy([one, other])
        kept, gone = (other, one) if other in busy and one not in busy else (one, other)
        await self._take_names(kept, gone)
        await self._take_knowledge(kept, gone)
        await self._take_credit(kept, gone)
        if gone not in busy:
            for conversation in await self._own_conversations([gone]):
                await Folding(self._connection).fold(conversation, kept)
        return kept

    async def pending(self, limit: int) -> list[UUID]:
        """Conversations of merged contacts that had something under way when their contact was merged."""
        result = await self._run(
            """
            SELECT c.id FROM contacts k JOIN conversations c ON c.contact_id = k.id
            WHERE k.merged_into IS NOT NULL AND c.merged_into IS NULL
              AND NOT EXISTS (SELECT FROM turns t WHERE t.conversation_id = c.id AND t.state = 'open')
            ORDER BY c.id LIMIT :limit
            """,
            limit=limit,
        )
        return list(result.scalars())

    async def follow(self, conversation: UUID) -> UUID | None:
        """Folds a conversation of a merged contact if it is at rest now; gives the one that holds everything then."""
        result = await self._run(
            """
            SELECT id, coalesce(merged_into, id) FROM contacts
            WHERE id IN (SELECT unnest(ARRAY[k.id, k.merged_into]) FROM contacts k
                         JOIN conversations c ON c.contact_id = k.id WHERE c.id = :id)
            ORDER BY id FOR NO KEY UPDATE
            """,
            id=conversation,
        )
        survivors = {row[1] for row in result}
        if len(survivors) != 1:
            return None  # merged again since: the sweeper comes by once more
        (kept,) = survivors
        gone = await self._owner(conversation)
        if gone == kept or gone in await self._busy([kept, gone]):
            return None
        return await Folding(self._connection).fold(conversation, kept)

    async def _owner(self, conversation: UUID) -> UUID:
        result = await self._run("SELECT contact_id FROM conversations WHERE id = :id", id=conversation)
        owner: UUID = result.scalar_one()
        return owner

    async def _own_conversations(self, contacts: Sequence[UUID]) -> list[UUID]:
        result = await self._run(
            """
            SELECT id FROM conversations WHERE contact_id = ANY(:contacts) AND merged_into IS NULL
            ORDER BY id FOR UPDATE
            """,
            contacts=list(contacts),
        )
        return list(result.scalars())

    async def _busy(self, contacts: Sequence[UUID]) -> set[UUID]:
        """Those in whose conversations, locked from here on, a turn is open or a part on its way."""
        ids = await self._own_conversations(contacts)
        result = await self._run(
            """
            SELECT contact_id FROM conversations c
            WHERE id = ANY(:ids) AND (
                EXISTS (SELECT FROM turns t WHERE t.conversation_id = c.id AND t.state = 'open')
                OR EXISTS (SELECT FROM deliveries d
                           WHERE d.conversation_id = c.id AND d.state IN ('sending', 'unknown')))
            """,
            ids=ids,
        )
        return set(result.scalars())

    async def _take_names(self, kept: UUID, gone: UUID) -> None:
        await self._run("UPDATE contact_aliases SET contact_id = :kept WHERE contact_id = :gone", kept=kept, gone=gone)
        await self._run(
            "UPDATE contacts SET merged_into = :kept WHERE id = :gone OR merged_into = :gone", kept=kept, gone=gone
        )

    async def _take_knowledge(self, kept: UUID, gone: UUID) -> None:
        """What is known of the survivor stays; the other one fills the gaps. A stop of either is a stop."""
        await self._run(
            """
            UPDATE contacts k SET name = coalesce(k.name, g.name), email = coalesce(k.email, g.email),
                profile_name = coalesce(k.profile_name, g.profile_name), language = coalesce(k.language, g.language),
                location = coalesce(k.location, g.location), facts = g.facts || k.facts,
                marketing_stopped_at = CASE WHEN g.marketing_changed_at > k.marketing_changed_at
                    THEN g.marketing_stopped_at ELSE coalesce(k.marketing_stopped_at,
                        CASE WHEN k.marketing_changed_at IS NULL THEN g.marketing_stopped_at END) END,
                marketing_changed_at = greatest(k.marketing_changed_at, g.marketing_changed_at)
            FROM contacts g WHERE k.id = :kept AND g.id = :gone
            """,
            kept=kept,
            gone=gone,
        )

    async def _take_credit(self, kept: UUID, gone: UUID) -> None:
        """All of the account, also what is reserved: whoever works for either needs a conversation that is locked."""
        found = await self._run("SELECT client FROM contacts WHERE id = :kept", kept=kept)
        await Ledger(self._connection).merge(found.scalar_one(), [gone], kept)
