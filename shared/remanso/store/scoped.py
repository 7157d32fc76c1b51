"""The one gate between clients: rows for a person are read through statements that say whose rows they are.

A service sees every client. A person of the console sees theirs, and so every repository that answers a person derives
from `Scoped`: its statements must hold the condition that `self._mine("c.client")` writes, and one that does not is
refused before it is sent. Why not row-level security: docs/decisions/0020.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from remanso.store.rows import AnyResult, Repository

_MARK = "/* mine */"


@dataclass(frozen=True)
class Scope:
    """Which clients' rows a person may see: those named, or all of them for an operator (`clients` is None)."""

    clients: frozenset[str] | None

    def has(self, client: str) -> bool:
        return self.clients is None or client in self.clients

    def narrowed(self, client: str) -> "Scope":
        """Only this one, if it was in before; else nothing."""
        return Scope(frozenset({client} if self.has(client) else ()))


class Unscoped(Exception):
    """A statement for a person that does not say whose rows it may touch. A mistake of ours, always."""


class Scoped(Repository):
    """Base of the repositories that answer a person."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        super().__init__(connection)
        self._scope = scope

    def _mine(self, column: str) -> str:
        """The condition on `column`, which holds a client's name."""
        if self._scope.clients is None:
            return f"{_MARK} {column} IS NOT NULL"
        return f"{_MARK} {column} = ANY(:scope_clients)"

    async def _run(self, sql: str, *, json: Sequence[str] = (), **values: Any) -> AnyResult:
        """As in Repository. Raises Unscoped for a statement without `_mine`."""
        if _MARK not in sql:
            raise Unscoped(type(self).__name__)
        if self._scope.clients is not None:
            values["scope_clients"] = sorted(self._scope.clients)
        return await super()._run(sql, json=json, **values)

    async def _run_many(self, sql: str, rows: Sequence[Any], *, json: Sequence[str] = ()) -> None:
        """Not for people: many rows at once are written by services."""
        raise Unscoped(type(self).__name__)
