"""A collection as a CSV file and back. All of a file goes in, or nothing; what is wrong is told line by line."""

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from remanso.plugin.collections import Collection
from remanso.store.offers import Offer
from services.console.catalogue.entry import Complaint, Entry, read_entry
from services.console.catalogue.fields import FormField, shown, shown_all

LARGEST, MOST_LINES = 2_000_000, 5_000
_FORMULA = ("=", "+", "-", "@", "\t", "'")
"""What a spreadsheet may run; and the sign that we put before it, so that one somebody typed comes back."""
_YES, _NO = ("1", "true", "verdadero", "yes", "sí", "si", "x"), ("0", "false", "falso", "no")
_WORDS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
"""As people write them, and what Excel in Spanish makes of them."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of spreadsheet programs begin (xlsx and ods, xls): they are no text."""


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


def written(fields: Sequence[FormField], offers: Sequence[Offer], language: str = "en") -> str:
    """With a byte order mark, by which spreadsheets know that it is UTF-8; in Spanish they want semicolons."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";" if language == "es" else ",")
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
    if content.startswith(_WORKBOOKS):
        return Sheet(problem="workbook")
    text = _decoded(content)
    separator = _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        rows = []
    if "\0" in text or not rows:
        return Sheet(problem="unreadable")
    columns = _without_the_empty_end([name.strip() for name in rows[0]])
    known = {each.name for each in fields} | {"active"}
    if collection.key not in columns or len(set(columns)) < len(columns):
        return Sheet(problem="no_key", about=collection.key)
    if unknown := [name for name in columns if name not in known]:
        return Sheet(problem="columns", about=", ".join(unknown)[:200])
    rows = _as_excel_means(rows, columns, fields) if separator == ";" else rows
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
        if any(cell.strip() for cell in row[len(columns) :]):
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


def _separator(text: str) -> str:
    """That of the first line: comma, semicolon (Excel where decimals have a comma) or tab (its "Unicode text")."""
    return max(",;\t", key=re.split(r"[\r\n]", text, maxsplit=1)[0].count)


def _as_excel_means(rows: Sequence[list[str]], columns: Sequence[str], fields: Sequence[FormField]) -> list[list[str]]:
    """Where Excel separates by semicolons, decimals have a comma and the day comes before the month."""
    known = {each.name: each.kind for each in fields}
    kinds = [*(known.get(name, "") for name in columns), *repeat("", max(map(len, rows)))]
    return [[_as_here(cell, kind) for cell, kind in zip(row, kinds, strict=False)] for row in rows]


def _as_here(cell: str, kind: str) -> str:
    if kind == "date" and (day := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", cell.strip())):
        return f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"
    return cell.replace(",", ".") if kind == "number" and re.fullmatch(r"\s*[+-]?\d+,\d+\s*", cell) else cell


def _without_the_empty_end(columns: list[str]) -> list[str]:
    """Spreadsheets write separators for columns that somebody has emptied."""
    while columns and not columns[-1]:
        columns.pop()
    return columns


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what Excel writes in Spanish when it is not asked


def _harmless(cell: str) -> str:
    """A spreadsheet must not run what somebody typed as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not cell.lstrip("+-").isdigit() else cell


def _meant(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
