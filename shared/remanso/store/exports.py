"""Everything that is held about one person, table by table, as JSON. What its columns mean stands in `tables`."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Column, Float, Integer, Numeric
from sqlalchemy.dialects.postgresql import JSONB

from remanso.store.personal import PERSONAL
from remanso.store.persons import Person
from remanso.store.rows import Repository
from remanso.store.tables import metadata

FORMAT = "remanso.contact-export/1"
"""The number is raised when a reader of older exports could misread a newer one; a new column does not do so."""

APART = {("media", "content"): "its bytes are in `files`", ("message_words", "words"): "made from the messages"}
"""Columns that are not told with their row, and why."""


@dataclass(frozen=True)
class StoredFile:
    """A picture that is kept. The others are gone, or were never stored."""

    message_id: UUID
    mime_type: str
    content: bytes


class Exports(Repository):
    async def rows(self, person: Person) -> dict[str, list[dict[str, Any]]]:
        """{table: its rows}, of tables that have any; numbers, times and ids as JSON knows them."""
        found = {}
        for table in metadata.sorted_tables:
            holding = PERSONAL[table.name]
            if holding.rows == "left":
                continue
            apart = "".join(f" - '{column}'" for owner, column in APART if owner == table.name)
            order = ", ".join(column.name for column in table.primary_key) or "1"
            result = await self._run(
                f"SELECT to_jsonb(t){apart} FROM {table.name} t WHERE {holding.of} ORDER BY {order}",  # noqa: S608
                **{name: value for name, value in person.parameters.items() if f":{name}" in holding.of},
            )
            if rows := list(result.scalars()):
                found[table.name] = rows
        return found

    async def files(self, person: Person) -> list[StoredFile]:
        result = await self._run(
            """
            SELECT message_id, coalesce(mime_type, ''), content FROM media
            WHERE content IS NOT NULL
              AND turn_id IN (SELECT id FROM turns WHERE conversation_id = ANY(:conversations))
            ORDER BY message_id
            """,
            conversations=list(person.conversations),
        )
        return [StoredFile(row[0], row[1], bytes(row[2])) for row in result]


def schema() -> dict[str, Any]:
    """JSON Schema of an export's `contact.json`."""
    tables = {
        table.name: {"type": "array", "items": _row([c for c in table.columns if (table.name, c.name) not in APART])}
        for table in metadata.sorted_tables
        if PERSONAL[table.name].rows != "left"
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What Remanso holds about one contact",
        "type": "object",
        "required": ["format", "client", "contact_id", "exported_at", "tables", "files"],
        "properties": {
            "format": {"const": FORMAT},
            "client": {"type": "string"},
            "contact_id": {"type": "string", "format": "uuid"},
            "exported_at": {"type": "string", "format": "date-time"},
            "tables": {"type": "object", "properties": tables, "additionalProperties": False},
            "files": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["message_id", "path", "mime_type", "bytes"],
                    "properties": {
                        "message_id": {"type": "string", "format": "uuid"},
                        "path": {"type": "string", "description": "in the archive"},
                        "mime_type": {"type": "string"},
                        "bytes": {"type": "integer"},
                    },
                },
            },
        },
    }


def _row(columns: list[Column[Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [column.name for column in columns],
        "properties": {column.name: _value(column) for column in columns},
        "additionalProperties": False,
    }


def _value(column: Column[Any]) -> dict[str, Any]:
    if isinstance(column.type, JSONB):
        return {}
    kinds = {Boolean: "boolean", Integer: "integer", Float: "number", Numeric: "number", ARRAY: "array"}
    kind = next((name for each, name in kinds.items() if isinstance(column.type, each)), "string")
    return {"type": [kind, "null"] if column.nullable else kind}
