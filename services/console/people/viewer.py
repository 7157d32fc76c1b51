"""Who is behind a request: a person with a browser, or a program with a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from remanso.model.dialog import Visibility
from remanso.store import Transaction
from remanso.store.scoped import Scope
from remanso.store.sessions import Session
from remanso.store.users import User
from remanso.store.views import Views
from services.console.people.roles import Role


class Somebody(Protocol):
    """As colleagues and the audit log know them."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def operator(self) -> bool: ...
    @property
    def language(self) -> str: ...
    @property
    def theme(self) -> str: ...


@dataclass(frozen=True)
class Viewer:
    """`clients` is {name: title} of those they may look at, in the order of the menu."""

    user: Somebody
    roles: Mapping[str, str]
    clients: Mapping[str, str]

    @property
    def scope(self) -> Scope:
        return Scope(None if self.user.operator else frozenset(self.roles))

    @property
    def is_operator(self) -> bool:
        return self.user.operator

    @property
    def sees(self) -> Visibility:
        """Which lines of a dialog are theirs to see (docs/log-views.md)."""
        return Visibility.OPERATOR if self.user.operator else Visibility.TEAM

    def role_in(self, client: str) -> Role | None:
        """None: it is not theirs to know that there is such a client."""
        if self.user.operator:
            return Role.OPERATOR if client in self.clients else None
        role = self.roles.get(client)
        return Role(role) if role else None

    def may(self, least: Role, client: str | None = None) -> bool:
        """Whether they may do what takes at least this role, in `client` or in any of theirs."""
        if self.user.operator:
            return True
        held = [role for name, role in self.roles.items() if client in (None, name)]
        return any(Role(role).covers(least) for role in held)

    def views(self, tx: Transaction) -> Views:
        """The rows that are theirs: the only way by which a page reads."""
        return tx.within(self.scope)

    async def did(
        self,
        tx: Transaction,
        action: str,
        *,
        client: str | None = None,
        subject: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Writes down what they do, in the transaction that does it; `reason` in their own words."""
        await tx.audit.note(self.user.name, action, user_id=self.user.id, client=client, subject=subject, reason=reason)


@dataclass(frozen=True)
class Person(Viewer):
    """Somebody who logged in."""

    user: User
    session: Session
