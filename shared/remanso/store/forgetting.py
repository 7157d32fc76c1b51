"""Forgetting a person: one transaction deletes what is theirs and keeps the books, with nobody's name on them.

Killed before its commit nothing has happened, after it all has: whoever is not sure does it again. What they are doing
at this moment ends as when a lease is lost: agents and senders find their rows gone and store nothing.

What stays (turns, steps, hearings, credit) moves to a contact of the client who stands for all the forgotten, so that
nobody can tell any more which turns were one person's. Why so: docs/decisions/0028.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from uuid_utils.compat import uuid7

from remanso.model.forgetting import mark_of
from remanso.store.conversations import conversation_id
from remanso.store.identity import Alias
from remanso.store.ledger import Ledger
from remanso.store.personal import PERSONAL
from remanso.store.persons import Person, Persons
from remanso.store.rows import Repository
from remanso.store.tables import metadata

NOBODY = "—"
"""What the contact who stands for the forgotten is called."""


@dataclass(frozen=True)
class Forgotten:
    """`counts`: rows by table. `marks`: of every name, for a backup that still knows them."""

    counts: Mapping[str, int]
    marks: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class Mark:
    """That somebody of `client` with this mark was forgotten at `at`."""

    client: str
    mark: str
    at: datetime


def forgotten_contact(client: str) -> UUID:
    """The contact who stands for everybody of this client who was forgotten."""
    return uuid5(NAMESPACE_URL, f"remanso:forgotten:{client}")


class Forgetting(Repository):
    async def forget(
        self, client: str, contact_id: UUID, *, who: str, user_id: UUID | None = None, marked: bool = True
    ) -> Forgotten | None:
        """Forgets everything about a contact; None: there is no such contact, perhaps no more.

        `who` asked for it. Without `marked` a backup is free to know them again, and what they wrote before and comes
        late is stored: that is how a time that is over ends, not how a person's wish is met.
        """
        person = await Persons(self._connection).of(client, contact_id, locked=True)
        if person is None or contact_id == forgotten_contact(client):
            return None
        counts = await self._clear(person)
        counts |= await self._delete(person, [name for name in _CHILDREN_FIRST if name not in _ROOTS])
        await self._move_turns(person)
        await self._move_summaries(person)
        await Ledger(self._connection).merge(client, person.contacts, forgotten_contact(client))
        counts |= await self._delete(person, _ROOTS)
        return await self._note(person, counts, who, user_id, marked=marked)

    async def _clear(self, person: Person) -> dict[str, int]:
        """What is kept loses what is personal."""
        counts = {}
        for table, holding in PERSONAL.items():
            if holding.rows == "cleared":
                defaults = [f"{column} = DEFAULT" for column in holding.personal_columns]
                changes = ", ".join(filter(None, [*defaults, holding.also]))
                statement = f"UPDATE {table} SET {changes}" if changes else f"SELECT FROM {table}"  # noqa: S608
                found = await self._run(f"{statement} WHERE {holding.of}", **_asked(holding.of, person))
                counts[table] = int(found.rowcount)
        return counts

    async def _move_turns(self, person: Person) -> None:
        """To the conversation of the forgotten on the same channel, numbered on; an open one ends here."""
        for conversation, channel in person.conversations.items():
            await self._run(
                """
                WITH mine AS (SELECT id, row_number() OVER (ORDER BY number) AS place FROM turns
                              WHERE conversation_id = :mine),
                numbers AS (UPDATE conversations SET next_turn = next_turn + (SELECT count(*) FROM mine)
                            WHERE id = :theirs RETURNING next_turn - (SELECT count(*) FROM mine) AS first)
                UPDATE turns SET conversation_id = :theirs, number = first + place - 1,
                    state = CASE WHEN state = 'open' THEN 'cancelled' ELSE state END,
                    closed_at = coalesce(closed_at, now()), lease_until = NULL, retry_at = NULL, holder = NULL
                FROM mine, numbers WHERE turns.id = mine.id
                """,
                mine=conversation,
                theirs=await self._conversation_of_the_forgotten(person.client, channel),
            )

    async def _conversation_of_the_forgotten(self, client: str, channel: str) -> UUID:
        contact = forgotten_contact(client)
        await self._run(
            "INSERT INTO contacts (id, client, name) VALUES (:id, :client, :name) ON CONFLICT DO NOTHING",
            id=contact,
            client=client,
            name=NOBODY,
        )
        found = conversation_id(channel, contact)
        await self._run(
            """
            INSERT INTO conversations (id, client, channel, contact_id) VALUES (:id, :client, :channel, :contact)
            ON CONFLICT DO NOTHING
            """,
            id=found,
            client=client,
            channel=channel,
            contact=contact,
        )
        return found

    async def _move_summaries(self, person: Person) -> None:
        """They were paid for. Places below zero are no cuts."""
        for conversation, channel in person.conversations.items():
            await self._run(
                """
                WITH lowest AS (SELECT least(min(until_position), 0) AS place FROM summaries
                                WHERE conversation_id = :theirs),
                mine AS (SELECT id, row_number() OVER (ORDER BY created_at, id) AS rank FROM summaries
                         WHERE conversation_id = :mine)
                UPDATE summaries SET conversation_id = :theirs, until_position = lowest.place - mine.rank
                FROM mine, lowest WHERE summaries.id = mine.id
                """,
                mine=conversation,
                theirs=conversation_id(channel, forgotten_contact(person.client)),
            )

    async def _delete(self, person: Person, tables: Iterable[str]) -> dict[str, int]:
        counts = {}
        for table in tables:
            whose = PERSONAL[table].of
            done = await self._run(f"DELETE FROM {table} WHERE {whose}", **_asked(whose, person))  # noqa: S608
            counts[table] = int(done.rowcount)
        return counts

    async def _note(
        self, person: Person, counts: Mapping[str, int], who: str, user_id: UUID | None, *, marked: bool
    ) -> Forgotten:
        told = {table: count for table, count in sorted(counts.items()) if count}
        result = await self._run(
            """
            INSERT INTO forgettings (id, client, who, user_id, counts, at)
            VALUES (:id, :client, :who, :user, :counts, clock_timestamp()) RETURNING at
            """,
            json=["counts"],
            id=uuid7(),
            client=person.client,
            who=who,
            user=user_id,
            counts=told,
        )
        at: datetime = result.scalar_one()
        marks = sorted(await self._marks(person.client, person.aliases)) if marked else []
        await self.remember([Mark(person.client, mark, at) for mark in marks])
        return Forgotten(told, tuple(marks), at)

    async def remember(self, marks: Iterable[Mark]) -> None:
        """Writes marks down, those of a list as well as new ones."""
        await self._run_many(
            """
            INSERT INTO forgotten_names AS old (client, mark, at) VALUES (:client, :mark, :at)
            ON CONFLICT (client, mark) DO UPDATE SET at = greatest(old.at, EXCLUDED.at)
            """,
            [vars(mark) for mark in marks],
        )

    async def marks(self) -> list[Mark]:
        """All, in the order in which people were forgotten."""
        result = await self._run("SELECT client, mark, at FROM forgotten_names ORDER BY at, mark")
        return [Mark(*row) for row in result]

    async def still_known(self) -> list[tuple[str, UUID]]:
        """(client, contact) of those who are marked and yet on file from before: a backup has brought them back."""
        key, at = await self._key(), {(mark.client, mark.mark): mark.at for mark in await self.marks()}
        result = await self._run(
            """
            SELECT a.client, a.kind, a.value, coalesce(k.merged_into, k.id), k.created_at
            FROM contact_aliases a JOIN contacts k ON k.id = a.contact_id
            WHERE a.client = ANY(:clients)
            """,
            clients=sorted({client for client, _ in at}),
        )
        found = {
            (client, contact): None
            for client, kind, value, contact, since in result
            if since < at.get((client, mark_of(key, client, kind, value)), since)
        }
        return list(found)

    async def since(self, client: str, aliases: Sequence[Alias]) -> dict[Alias, datetime]:
        """When those of these names that were forgotten were: what they said before is not stored any more."""
        result = await self._run(
            "SELECT key FROM forgetting_key WHERE EXISTS (SELECT FROM forgotten_names WHERE client = :client)",
            client=client,
        )
        key = result.scalar_one_or_none()
        if key is None:
            return {}
        marked = {mark_of(bytes(key), client, *alias): alias for alias in aliases}
        found = await self._run(
            "SELECT mark, at FROM forgotten_names WHERE client = :client AND mark = ANY(:marks)",
            client=client,
            marks=sorted(marked),
        )
        at = {row[0]: row[1] for row in found}
        return {alias: at[mark] for alias in aliases if (mark := mark_of(bytes(key), client, *alias)) in at}

    async def _marks(self, client: str, aliases: Iterable[Alias]) -> set[str]:
        key = await self._key()
        return {mark_of(key, client, kind, value) for kind, value in aliases}

    async def _key(self) -> bytes:
        result = await self._run("SELECT key FROM forgetting_key")
        return bytes(result.scalar_one())


_CHILDREN_FIRST = [table.name for table in reversed(metadata.sorted_tables) if PERSONAL[table.name].rows == "deleted"]
_ROOTS = ("contact_aliases", "conversations", "contacts")
"""What the others are found by, and hang from: only when what is kept has moved."""


def _asked(condition: str, person: Person) -> dict[str, Any]:
    """The parameters that this condition has."""
    return {name: value for name, value in person.parameters.items() if f":{name}" in condition}
