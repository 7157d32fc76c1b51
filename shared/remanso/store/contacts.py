"""People. A contact is found by any of its aliases; the business-scoped user id is stronger than the phone number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from remanso.errors import StoreUnavailable
from remanso.model.message import Sender
from remanso.store.identity import Alias, Identity, identify, successor
from remanso.store.merging import Merging
from remanso.store.rows import Repository, many, one


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
    marketing_stopped_at: datetime | None = None


_COLUMNS = "id, client, name, profile_name, email, language, location, facts, marketing_stopped_at"


def _learn(identity: Identity, known: dict[Alias, UUID], user_ids: dict[UUID, set[str]]) -> None:
    """Those who come later in a batch are recognised by what those before told."""
    known.update(dict.fromkeys(identity.aliases, identity.contact_id))
    names = {value for kind, value in identity.aliases if kind == "user_id"}
    for other in identity.same:
        names |= user_ids.pop(other, set())
        known.update({alias: identity.contact_id for alias, owner in known.items() if owner == other})
    if names:
        user_ids.setdefault(identity.contact_id, set()).update(names)


class Contacts(Repository):
    async def resolve(
        self, client: str, senders: Sequence[Sender], successors: Sequence[Sender | None] = ()
    ) -> list[UUID]:
        """The contact of each sender, made where new and locked; profile names are saved at once.

        All rows are locked here, in one fixed order and before any conversation, so that two batches with the same
        people cannot wait for each other in a circle, whatever else they will write about them. Contacts that turn
        out to be one person are merged (`remanso.store.merging`).

        Args:
            successors: for each sender, in case their message announces it, whom they are known as from then on.

        Raises:
            StoreUnavailable: another process learned something else about one of them at the same moment.
        """
        known, user_ids = await self._aliases_on_file(client, [*senders, *filter(None, successors)])
        before = dict(known)
        identities, all_found = [], []
        for sender, new in zip_longest(senders, successors):
            identities.append(identify(client, sender, known, user_ids))
            _learn(identities[-1], known, user_ids)
            all_found.append(identities[-1])
            if new is not None:
                all_found.append(successor(identities[-1].contact_id, new, known, user_ids))
                _learn(all_found[-1], known, user_ids)
        await self._make(client, {i.contact_id for i in all_found if i.is_new})
        await self._lock({one for i in all_found for one in (i.contact_id, *i.same)})
        await self._write_aliases(client, all_found, before)
        kept = await self._merge(all_found)
        contacts = [kept.get(identity.contact_id, identity.contact_id) for identity in identities]
        await self._save_profile_names(contacts, senders)
        return contacts

    async def _merge(self, identities: Sequence[Identity]) -> dict[UUID, UUID]:
        """Merges what is one person; {contact: whom it is now}."""
        merging, kept = Merging(self._connection), dict[UUID, UUID]()
        for identity in identities:
            for other in identity.same:
                pair = {kept.get(one, one): None for one in (identity.contact_id, other)}
                if len(pair) == 2:
                    survivor = await merging.join(*pair)
                    kept |= dict.fromkeys((*pair, *(k for k, v in kept.items() if v in pair)), survivor)
        return kept

    async def _aliases_on_file(
        self, client: str, senders: Sequence[Sender]
    ) -> tuple[dict[Alias, UUID], dict[UUID, set[str]]]:
        """Whose these names are, and by what else they are known.

        A name that a sender learned while its contact was being merged may still be that contact's: it means whoever
        they turned out to be.
        """
        wanted = sorted({alias for sender in senders for alias in (*sender.aliases, *sender.spellings)})
        result = await self._run(
            """
            SELECT DISTINCT other.kind, other.value, coalesce(owner.merged_into, owner.id)
            FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[])) AS wanted(kind, value)
            JOIN contact_aliases found ON found.client = :client
                AND found.kind = wanted.kind AND found.value = wanted.value
            JOIN contacts named ON named.id = found.contact_id
            JOIN contact_aliases other ON other.client = :client
                AND other.contact_id IN (named.id, coalesce(named.merged_into, named.id))
            JOIN contacts owner ON owner.id = other.contact_id
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
        """Raises StoreUnavailable when one of them was merged, or forgotten, since the aliases were read."""
        result = await self._run(
            "SELECT merged_into FROM contacts WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE",
            ids=sorted(ids),
        )
        found = result.scalars().all()
        if any(found) or len(found) < len(ids):
            raise StoreUnavailable("a contact was merged or forgotten at this moment")

    async def _write_aliases(self, client: str, identities: Sequence[Identity], before: Mapping[Alias, UUID]) -> None:
        """Raises StoreUnavailable when an alias is no longer whose it was when it was read.

        Taken from its new owner blindly, it would leave a person without a name, and their history with nobody.
        """
        owners = {alias: identity.contact_id for identity in identities for alias in identity.aliases}
        if owners:
            ordered = sorted(owners)
            result = await self._run(
                """
                INSERT INTO contact_aliases AS old (client, kind, value, contact_id)
                SELECT :client, kind, value, contact_id
                FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:owners AS uuid[]))
                    AS new(kind, value, contact_id)
                ORDER BY kind, value
                ON CONFLICT (client, kind, value) DO UPDATE SET contact_id = EXCLUDED.contact_id
                    WHERE old.contact_id = EXCLUDED.contact_id OR old.contact_id = ANY(:before)
                        OR old.contact_id IN (SELECT id FROM contacts WHERE merged_into = ANY(:before))
                """,
                client=client,
                kinds=[kind for kind, _ in ordered],
                values=[value for _, value in ordered],
                owners=[owners[alias] for alias in ordered],
                before=sorted({before[alias] for alias in ordered if alias in before}),
            )
            if result.rowcount != len(ordered):
                raise StoreUnavailable("an alias became somebody else's at this moment")

    async def _save_profile_names(self, contacts: Sequence[UUID], senders: Sequence[Sender]) -> None:
        names = {found: s.profile_name for found, s in zip(contacts, senders, strict=True) if s.profile_name}
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

    async def learn_number(self, client: str, contact_id: UUID, wa_id: str) -> None:
        """Another number under which the channel reaches this contact, unless it is on file as somebody's already.

        Of somebody who was forgotten while we sent, nothing is learned: the caller has touched their delivery in this
        transaction, and who forgets them deletes it before or waits for us.
        """
        await self._run(
            """
            INSERT INTO contact_aliases (client, kind, value, contact_id)
            SELECT :client, 'wa_id', :wa_id, coalesce(merged_into, id) FROM contacts WHERE id = :contact
            ON CONFLICT DO NOTHING
            """,
            client=client,
            contact=contact_id,
            wa_id=wa_id,
        )

    async def prefer(self, contact_id: UUID, *, marketing: bool, at: datetime) -> None:
        """The contact's word on marketing templates, said at `at`; an older word does not undo a newer one."""
        await self._run(
            """
            UPDATE contacts SET marketing_stopped_at = CASE WHEN :marketing THEN NULL ELSE :at END,
                marketing_changed_at = :at
            WHERE id = :id AND (marketing_changed_at IS NULL OR marketing_changed_at < :at)
            """,
            id=contact_id,
            marketing=marketing,
            at=at,
        )

    async def get(self, contact_id: UUID) -> Contact | None:
        """The contact or, where they turned out to be somebody else as well, whom they were merged into."""
        return one(
            Contact,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM contacts
                WHERE id = (SELECT coalesce(merged_into, id) FROM contacts WHERE id = :id)
                """,  # noqa: S608
                id=contact_id,
            ),
        )

    async def hold(self, contact_id: UUID) -> UUID | None:
        """Who this contact is now, and stays until the end of this transaction. None: they are gone."""
        result = await self._run(
            "SELECT coalesce(merged_into, id) FROM contacts WHERE id = :id FOR NO KEY UPDATE", id=contact_id
        )
        found: UUID | None = result.scalar_one_or_none()
        return found

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
                f"""
                SELECT {_COLUMNS} FROM contacts
                WHERE client = :client AND merged_into IS NULL ORDER BY created_at, id
                """,  # noqa: S608
                client=client,
            ),
        )

    async def save(
        self,
        contact_id: UUID,
        *,
        name: str | None = None,
        email: str | None = None,
        language: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes what was learned; None leaves a field as it is, facts are merged key by key.

        Of a contact that was merged meanwhile it is learned of whom they were merged into.
        """
        await self._run(
            """
            UPDATE contacts
            SET name = coalesce(:name, name), email = coalesce(:email, email), language = coalesce(:language, language),
                facts = facts || :facts
            WHERE id = :id
            """,
            json=["facts"],
            id=await self.hold(contact_id),
            name=name,
            email=email,
            language=language,
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
