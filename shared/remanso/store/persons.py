"""One person of a client with all that they are known by: every contact merged into one, and their conversations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from remanso.model.phone import other_spellings
from remanso.store.identity import Alias
from remanso.store.rows import Repository


@dataclass(frozen=True)
class Person:
    """`contact_id` is who they are now; `contacts` those merged into it, too. `aliases`: every name on file."""

    client: str
    contact_id: UUID
    contacts: tuple[UUID, ...]
    conversations: Mapping[UUID, str]
    """{conversation: its channel}."""
    aliases: tuple[Alias, ...]

    @property
    def names(self) -> list[str]:
        """How the person may be called in what Meta sends: every alias, numbers in all their spellings."""
        spelled = [other for kind, value in self.aliases if kind == "wa_id" for other in other_spellings(value)]
        return sorted({*(value for _, value in self.aliases), *spelled})

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the conditions in `personal`."""
        return {
            "client": self.client,
            "contacts": list(self.contacts),
            "conversations": list(self.conversations),
            "channels": sorted(set(self.conversations.values())),
            "names": self.names,
            "subjects": [
                *(f"contact:{contact}" for contact in self.contacts),
                *(f"conversation:{conversation}" for conversation in self.conversations),
            ],
            "parking_keys": [f"contact:{conversation}" for conversation in self.conversations],
        }


class Persons(Repository):
    async def find(self, client: str, name: str) -> UUID | None:
        """The contact whom `name` means: an alias (a number in any spelling, `+` or not), or a contact's id."""
        digits = "".join(filter(str.isdigit, name))
        result = await self._run(
            """
            SELECT coalesce(k.merged_into, k.id) FROM contacts k
            WHERE k.client = :client AND (k.id = CAST(:id AS uuid) OR k.id IN (
                SELECT contact_id FROM contact_aliases WHERE client = :client AND value = ANY(:names)))
            ORDER BY k.merged_into IS NULL DESC, k.id LIMIT 1
            """,
            client=client,
            id=_as_uuid(name),
            names=[name.strip(), digits, *other_spellings(digits)],
        )
        found: UUID | None = result.scalar_one_or_none()
        return found

    async def of(self, client: str, contact_id: UUID, *, locked: bool = False) -> Person | None:
        """The person behind a contact; None: the client has no such contact (any more).

        With `locked` all their contacts and then conversations are locked, in the order in which everybody does it.
        A contact that was merged means whoever they were merged into.
        """
        contacts = await self._contacts(client, contact_id, "FOR NO KEY UPDATE" if locked else "")
        now = next((contact for contact, merged_into in contacts.items() if merged_into is None), None)
        if now is None:
            return None
        conversations = await self._run(
            f"""
            SELECT id, channel, reply_wa_id, reply_user_id FROM conversations
            WHERE contact_id = ANY(:contacts) ORDER BY id {"FOR UPDATE" if locked else ""}
            """,  # noqa: S608
            contacts=list(contacts),
        )
        rows = conversations.all()
        written = {("wa_id", row[2]) for row in rows if row[2]} | {("user_id", row[3]) for row in rows if row[3]}
        return Person(
            client,
            now,
            tuple(contacts),
            {row[0]: row[1] for row in rows},
            tuple(sorted(written | await self._aliases(list(contacts)))),
        )

    async def _contacts(self, client: str, contact_id: UUID, locking: str) -> dict[UUID, UUID | None]:
        """{contact: whom they were merged into}, of one person."""
        now = "(SELECT coalesce(merged_into, id) FROM contacts WHERE id = :id)"
        result = await self._run(
            f"""
            SELECT id, merged_into FROM contacts
            WHERE client = :client AND (id = {now} OR merged_into = {now}) ORDER BY id {locking}
            """,  # noqa: S608
            client=client,
            id=contact_id,
        )
        return {row[0]: row[1] for row in result}

    async def _aliases(self, contacts: list[UUID]) -> set[Alias]:
        result = await self._run(
            "SELECT kind, value FROM contact_aliases WHERE contact_id = ANY(:contacts)", contacts=contacts
        )
        return {(row[0], row[1]) for row in result}


def _as_uuid(name: str) -> UUID | None:
    try:
        return UUID(name.strip())
    except ValueError:
        return None
