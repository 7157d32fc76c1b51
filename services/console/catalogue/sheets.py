"""A collection as a CSV file and back. All of a file goes in, or nothing; what is wrong is told line by line."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from remanso.plugin.collections import Collection
from remanso.store.offers import Offer
from services.console.catalogue.entry import Complaint, Entry, read_entry
from services.console.catalogue.fields import FormField, shown, shown_all

LARGEST, MOST_LINES = 2_000_000, 5_000
_FORMULA = ("=", "+", "-", "@", "\t", "'")
"""What a spreadsheet may run; and the sign that we put before it, so that one somebody typed comes back."""
_WORDS = {"1": True, "true": True, "yes": True, "sí": True, "si": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Line:
    """`number` counts as spreadsheets do: the head is line 1. `old` is the item it changes, None for a new one."""

    number: int
    entry: Entry
    old: Offer | None = None


@dataclass
class Sheet:
    """`problem`: the file as a whole cannot be read; `about` names the columns it speaks of."""

    lines: list[Line] = field(default_factory=list)
    problem: str = ""
    about: str = ""

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.entry.complaints]


def written(fields: Sequence[FormField], offers: Sequence[Offer]) -> str:
    """With a byte order mark, by which spreadsheets know that it is UTF-8."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    names = [each.name for each in fields]
    writer.writerow([*names, "active"])
    for offer in offers:
        data = {"active": True, **offer.data}
        writer.writerow([_harmless(shown(data.get(name))) for name in [*names, "active"]])
    return f"\ufeff{sheet.getvalue()}"


def read_sheet(
    content: bytes, collection: Collection[Any], fields: Sequence[FormField], offers: Sequence[Offer]
) -> Sheet:
    """Cells that a file leaves out (a column less) stay as they are."""
    text = _decoded(content)
    head, _, _ = text.partition("\n")
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ","))
    except csv.Error:
        return Sheet(problem="unreadable")
    columns = [name.strip() for name in rows[0]] if rows else []
    known = {each.name for each in fields} | {"active"}
    if collection.key not in columns or len(set(columns)) < len(columns):
        return Sheet(problem="no_key", about=collection.key)
    if unknown := [name for name in columns if name not in known]:
        return Sheet(problem="columns", about=", ".join(unknown)[:200])
    filled = [(number, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    if not filled or len(filled) > MOST_LINES:
        return Sheet(problem="many" if filled else "empty")
    return Sheet(_lines(filled, columns, collection, fields, offers))


def _lines(
    rows: Sequence[tuple[int, list[str]]],
    columns: Sequence[str],
    collection: Collection[Any],
    fields: Sequence[FormField],
    offers: Sequence[Offer],
) -> list[Line]:
    old = {offer.key: offer for offer in offers}
    seen: set[str] = set()
    lines = []
    for number, row in rows:
        cells = {name: _meant(cell) for name, cell in zip(columns, row, strict=False)}
        key = cells.get(collection.key, "").strip()
        before = old.get(key)
        entry = _entry(collection, fields, cells, before.data if before else {})
        if len(row) > len(columns):
            entry = Entry(entry.typed, [Complaint(None, "cells")])
        if key in seen:
            key_field = next(each for each in fields if each.name == collection.key)
            entry = Entry(entry.typed, [*entry.complaints, Complaint(key_field, "twice")])
        seen.add(key)
        lines.append(Line(number, entry, before))
    return lines


def _entry(
    collection: Collection[Any], fields: Sequence[FormField], cells: Mapping[str, str], before: Mapping[str, Any]
) -> Entry:
    word = cells.get("active", "").strip().casefold()
    if word and word not in _WORDS:
        return Entry(cells, [Complaint(FormField("active", "active", "yes", required=False), "yes")])
    active = {"active": _WORDS[word]} if word else {}
    typed = {**shown_all(before, fields), **cells}
    return read_entry(collection, fields, typed, before={**before, **active})


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what Excel writes in Spanish when it is not asked


def _harmless(cell: str) -> str:
    """A spreadsheet must not run what somebody typed as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not cell.lstrip("+-").isdigit() else cell


def _meant(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
