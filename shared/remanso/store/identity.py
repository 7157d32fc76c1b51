"""Who a sender is, decided from the aliases on file. Pure; the store applies it.

The business-scoped user id is stronger than the phone number: numbers are recycled, histories must not be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from remanso.errors import BadInput
from remanso.model.message import Sender
from remanso.model.phone import one_spelling

Alias = tuple[str, str]
"""(kind, value): ("user_id", "AR.1…") or ("wa_id", "54911…")."""


@dataclass(frozen=True)
class Identity:
    """Who a sender is, the aliases to write down for them, and the contacts who turn out to be the same person."""

    contact_id: UUID
    is_new: bool
    aliases: tuple[Alias, ...]
    same: tuple[UUID, ...] = ()


def identify(client: str, sender: Sender, known: Mapping[Alias, UUID], user_ids: Mapping[UUID, set[str]]) -> Identity:
    """Decides which contact `sender` is.

    `known`: aliases on file; `user_ids`: the user ids already on file for each contact. A phone number on file belongs
    to somebody else when its contact has user ids and the sender's is none of them. Other spellings of a number name
    the same person, and two contacts are one where a sender bears names of both and no user id speaks against it.

    Raises BadInput for a sender that nothing names.
    """
    if not sender.aliases:
        raise BadInput("a sender with neither a number nor a user id")
    named = (known.get(alias) for alias in (*sender.aliases, *sender.spellings))
    owners = [owner for owner in dict.fromkeys(named) if owner is not None and not _is_other(sender, owner, user_ids)]
    if not owners:
        return Identity(_first_id(client, sender.aliases[0]), True, sender.aliases)
    found, *others = owners
    same = tuple(other for other in others if not (user_ids.get(other) and user_ids.get(found)))
    return Identity(found, False, tuple(alias for alias in sender.aliases if known.get(alias) != found), same)


def successor(found: UUID, new: Sender, known: Mapping[Alias, UUID], user_ids: Mapping[UUID, set[str]]) -> Identity:
    """What follows from the channel's word that the contact `found` is `new` from now on.

    Whoever wrote under the new names already is the same person, unless a user id of theirs says otherwise.
    """
    owners = (known.get(alias) for alias in (*new.aliases, *new.spellings))
    same = tuple(
        owner
        for owner in dict.fromkeys(owners)
        if owner is not None and owner != found and user_ids.get(owner, set()) <= ({new.user_id} - {None})
    )
    return Identity(found, False, tuple(alias for alias in new.aliases if known.get(alias) != found), same)


def _is_other(sender: Sender, owner: UUID, user_ids: Mapping[UUID, set[str]]) -> bool:
    names = user_ids.get(owner, set())
    return bool(sender.user_id and names and sender.user_id not in names)


def _first_id(client: str, alias: Alias) -> UUID:
    """Derived from the first alias, so that two processes that meet a new person make the same row."""
    kind, value = alias
    name = one_spelling(value) if kind == "wa_id" else value
    return uuid5(NAMESPACE_URL, f"remanso:contact:{client}:{kind}:{name}")
