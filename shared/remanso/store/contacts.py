"""People. A contact is found by any of its aliases; the business-scoped user id is stronger than the phone number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from remanso.errors import BadInput
from remanso.model.message import Sender
from remanso.store.rows import Repository, many, one

Alias = tuple[str, str]
"""(kind, value): ("user_id", "AR.1…") or ("wa_id", "54911…")."""


@dataclass(frozen=True)
class Contact:
    id: UUID
    client: str
    name: str | None
    profile_name: str | None
    email: str | None
    language: str | None
    location: dict[str, Any] | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class Identity:
    """Who a sender is, and the aliases to write down for them."""

    contact_id: UUID
    is_new: bool
    aliases: tuple[Alias, ...]


def identify(client: str, sender: Sender, known: Mapping[Alias, UUID], user_ids: Mapping[UUID, set[str]]) -> Identity:
    """Decides which contact `sender` is. Pure.

    `known`: aliases on file; `user_ids`: the user ids already on file for each contact. A phone number on file belongs
    to somebody else when its contact has another user id: numbers are recycled, histories must not be.

    Raises BadInput for a sender that nothing names.
    """
    if not sender.aliases:
        raise BadInput("a sender with neither a number nor a user id")
    for kind, value in sender.aliases:
        found = known.get((kind, value))
        if found is None:
            continue
        recycled = kind == "wa_id" and sender.user_id and user_ids.get(found, set()) - {sender.user_id}
        if not recycled:
            changed = tuple(alias for alias in sender.aliases if known.get(alias) != found)
            return Identity(found, False, changed)
    return Identity(_first_id(client, sender.aliases[0]), True, sender.aliases)


def _first_id(client: str, alias: Alias) -> UUID:
    """The id is derived from the first alias, so that two processes that meet a new person make the same row."""
    return uuid5(NAMESPACE_URL, f"remanso:contact:{client}:{alias[0]}:{alias[1]}")


class Contacts(Repository):
    async def resolve(self, client: str, senders: Sequence[Sender]) -> list[UUID]:
        """The contact of each sender, made where new and locked; profile names are saved at once.

        All rows are locked here, in one fixed order and before any conversation, so that two batches with the same
        people cannot wait for each other in a circle, whatever else they will write about them.
        """
        known, user_ids = await self._aliases_on_file(client, senders)
        identities = []
        for sender in senders:
            identity = identify(client, sender, known, user_ids)
            identities.append(identity)
            for kind, value in identity.aliases:
                known[(kind, value)] = identity.contact_id
                if kind == "user_id":
                    user_ids.setdefault(identity.contact_id, set()).add(value)
        await self._make(client, {i.contact_id for i in identities if i.is_new})
        await self._lock({i.contact_id for i in identities})
        await self._write_aliases(client, identities)
        await self._save_profile_names(identities, senders)
        return [identity.contact_id for identity in identities]

    async def _aliases_on_file(
        self, client: str, senders: Sequence[Sender]
    ) -> tuple[dict[Alias, UUID], dict[UUID, set[str]]]:
        wanted = sorted({alias for sender in senders for alias in sender.aliases})
        result = await self._run(
            """
            SELECT DISTINCT other.kind, other.value, other.contact_id
            FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS wanted(kind, value)
            JOIN contact_aliases found ON found.client = :client
                AND found.kind = wanted.kind AND found.value = wanted.value
            JOIN contact_aliases other ON other.client = :client AND other.contact_id = found.contact_id
            """,
            client=client,
            kinds=[kind for kind, _ in wanted],
            values=[value for _, value in wanted],
        )
        known: dict[Alias, UUID] = {}
        user_ids: dict[UUID, set[str]] = {}
        for kind, value, contact_id in result:
            known[(kind, value)] = contact_id
            if kind == "user_id":
                user_ids.setdefault(contact_id, set()).add(value)
        return known, user_ids

    async def _make(self, client: str, ids: set[UUID]) -> None:
        if ids:
            await self._run(
                """
                INSERT INTO contacts (id, client)
                SELECT id, :client FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id
                ON CONFLICT (id) DO NOTHING
                """,
                client=client,
                ids=sorted(ids),
            )

    async def _lock(self, ids: set[UUID]) -> None:
        await self._run(
            "SELECT id FROM contacts WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE",
            ids=sorted(ids),
        )

    async def _write_aliases(self, client: str, identities: Sequence[Identity]) -> None:
        owners = {alias: identity.contact_id for identity in identities for alias in identity.aliases}
        if owners:
            ordered = sorted(owners)
            await self._run(
                """
                INSERT INTO contact_aliases (client, kind, value, contact_id)
                SELECT :client, kind, value, contact_id
                FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:owners AS uuid[]))
                    AS new(kind, value, contact_id)
                ORDER BY kind, value
                ON CONFLICT (client, kind, value) DO UPDATE SET contact_id = EXCLUDED.contact_id
                """,
                client=client,
                kinds=[kind for kind, _ in ordered],
                values=[value for _, value in ordered],
                owners=[owners[alias] for alias in ordered],
            )

    async def _save_profile_names(self, identities: Sequence[Identity], senders: Sequence[Sender]) -> None:
        names = {i.contact_id: s.profile_name for i, s in zip(identities, senders, strict=True) if s.profile_name}
        if names:
            await self._run(
                """
                UPDATE contacts SET profile_name = new.name
                FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[])) AS new(id, name)
                WHERE contacts.id = new.id AND contacts.profile_name IS DISTINCT FROM new.name
                """,
                ids=list(names),
                names=list(names.values()),
            )

    async def add_aliases(self, client: str, contact_id: UUID, aliases: Sequence[Alias]) -> None:
        """Writes further names of a person we know, as when the channel reports a new number."""
        await self._write_aliases(client, [Identity(contact_id, False, tuple(aliases))])

    async def get(self, contact_id: UUID) -> Contact | None:
        return one(
            Contact,
            await self._run(
                "SELECT id, client, name, profile_name, email, language, location, facts FROM contacts WHERE id = :id",
                id=contact_id,
            ),
        )

    async def known_as(self, client: str, name: str) -> UUID | None:
        """The contact behind an alias of any kind: a phone's digits or a user id."""
        result = await self._run(
            "SELECT contact_id FROM contact_aliases WHERE client = :client AND value = :name LIMIT 1",
            client=client,
            name=name,
        )
        found: UUID | None = result.scalar_one_or_none()
        return found

    async def of_client(self, client: str) -> list[Contact]:
        return many(
            Contact,
            await self._run(
                """
                SELECT id, client, name, profile_name, email, language, location, facts
                FROM contacts WHERE client = :client ORDER BY created_at, id
                """,
                client=client,
            ),
        )

    async def save(
        self,
        contact_id: UUID,
        *,
        name: str | None = None,
        email: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes what was learned; None leaves a field as it is, facts are merged key by key."""
        await self._run(
            """
            UPDATE contacts
            SET name = coalesce(:name, name), email = coalesce(:email, email), facts = facts || :facts
            WHERE id = :id
            """,
            json=["facts"],
            id=contact_id,
            name=name,
            email=email,
            facts=dict(facts or {}),
        )

    async def save_location(self, contact_id: UUID, location: Mapping[str, Any]) -> None:
        """The place the contact last sent."""
        await self._run(
            "UPDATE contacts SET location = :location WHERE id = :id",
            json=["location"],
            id=contact_id,
            location=dict(location),
        )
