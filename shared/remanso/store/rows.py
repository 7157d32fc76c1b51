"""Rows become frozen values: a query names its columns as the dataclass names its fields."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import CursorResult, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Value = TypeVar("Value")
AnyResult: TypeAlias = CursorResult[*tuple[Any, ...]]


class Repository:
    """Base of the repositories: a connection inside somebody's transaction. None of them commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def _run(self, sql: str, *, json: Sequence[str] = (), **values: Any) -> AnyResult:
        """Executes `sql`; the parameters named in `json` are sent as JSONB."""
        statement = text(sql).bindparams(*(bindparam(name, type_=JSONB) for name in json))
        return await self._connection.execute(statement, storable(values))

    async def _run_many(self, sql: str, rows: Sequence[Mapping[str, Any]], *, json: Sequence[str] = ()) -> None:
        """Executes `sql` once for each row, pipelined in one round trip."""
        if rows:
            statement = text(sql).bindparams(*(bindparam(name, type_=JSONB) for name in json))
            await self._connection.execute(statement, [storable(row) for row in rows])


def storable(value: Any) -> Any:
    """`value` without what PostgreSQL cannot hold in a text: NUL and half surrogate pairs.

    A model or a tool may write either; refused by the database, it would fail again at every repetition of a turn.
    """
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {storable(key): storable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(part) for part in value]
    return value


def one(kind: type[Value], result: AnyResult) -> Value | None:
    """The only row as `kind`, or None."""
    row = result.one_or_none()
    return None if row is None else _build(kind, row)


def many(kind: type[Value], result: AnyResult) -> list[Value]:
    """All rows as `kind`, in order."""
    return [_build(kind, row) for row in result]


def _build(kind: type[Value], row: Row[*tuple[Any, ...]]) -> Value:
    return kind(**row._mapping)


def prefixed(kind: type, table: str) -> str:
    """The columns of `kind` from one of several tables, each under a name of its own: `s.id AS s_id`."""
    return ", ".join(f"{table}.{field.name} AS {table}_{field.name}" for field in fields(kind))


def part(kind: type[Value], row: Row[*tuple[Any, ...]], table: str) -> Value:
    """What a row holds of `kind`, as `prefixed` asked for it."""
    mark = f"{table}_"
    return kind(**{name.removeprefix(mark): value for name, value in row._mapping.items() if name.startswith(mark)})
