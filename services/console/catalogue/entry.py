"""What somebody typed, read as an item; or what is wrong with it, as codes that a template puts in words."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from remanso.plugin.collections import Collection
from services.console.catalogue.fields import FormField

_FORMS = {"whole": r"[+-]?\d+", "number": r"[+-]?\d+(\.\d+)?", "date": r"\d{4}-\d{2}-\d{2}", "yes": "[01]"}
"""Stricter than pydantic, which reads `120.000` as 120 and `2027` as a day in 1970."""

_CODES = {
    "missing": "missing",
    "string_too_short": "short",
    "string_too_long": "long",
    "greater_than_equal": "least",
    "greater_than": "more",
    "less_than_equal": "most",
    "less_than": "less",
    "literal_error": "choice",
}
_LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")


@dataclass(frozen=True)
class Complaint:
    """`field` None: about the item as a whole. `limit` is what `code` speaks of; `words` are the client's own."""

    field: FormField | None
    code: str
    limit: str = ""
    words: str = ""


@dataclass(frozen=True)
class Entry:
    """`typed` as it stands in the form. `item` and `data` only where there are no complaints."""

    typed: Mapping[str, str]
    complaints: Sequence[Complaint]
    item: Any = None
    data: Mapping[str, Any] | None = None


def read_entry(
    collection: Collection[Any], fields: Sequence[FormField], typed: Mapping[str, str], *, before: Mapping[str, Any]
) -> Entry:
    """Fields that the model does not know stay as they were `before`: a newer console may have written them."""
    clean = {field.name: typed.get(field.name, "").replace("\r\n", "\n").strip() for field in fields}
    complaints = [each for field in fields if (each := _unreadable(field, clean[field.name]))]
    unreadable = {each.field for each in complaints}
    given = {
        field.name: _value(field, clean[field.name])
        for field in fields
        if clean[field.name] and field not in unreadable
    }
    try:
        item = collection.model.model_validate({"active": before.get("active", True), **given})
    except ValidationError as problem:
        found = [_complaint(error, fields) for error in problem.errors()]
        further = [each for each in found if each.field and each.field not in unreadable] if complaints else found
        return Entry(clean, [*complaints, *further])
    except Exception:  # a client's validator may fail in any way
        return Entry(clean, complaints or [Complaint(None, "other")])
    if complaints:
        return Entry(clean, complaints)
    return Entry(clean, (), item, {**before, **item.model_dump(mode="json")})


def _unreadable(field: FormField, text: str) -> Complaint | None:
    if not text:
        return Complaint(field, "missing") if field.required and field.kind != "lines" else None
    if field.kind in _FORMS and not re.fullmatch(_FORMS[field.kind], text):
        return Complaint(field, field.kind)
    if field.kind == "choice" and text not in field.choices:
        return Complaint(field, "choice", ", ".join(field.choices))
    if field.kind == "json":
        try:
            json.loads(text)
        except ValueError:
            return Complaint(field, "json")
    return None


def _value(field: FormField, text: str) -> Any:
    if field.kind == "lines":
        return [line.strip() for line in text.split("\n") if line.strip()]
    if field.kind == "yes":
        return text == "1"
    return json.loads(text) if field.kind == "json" else text


def _complaint(error: ErrorDetails, fields: Sequence[FormField]) -> Complaint:
    name = error["loc"][0] if error["loc"] else None
    field = next((each for each in fields if each.name == name), None)
    if error["type"] == "value_error":
        return Complaint(field, "own", words=error["msg"].removeprefix("Value error, "))
    if error["type"].startswith("url_"):
        return Complaint(field, "url")
    if error["type"].startswith("date_"):
        return Complaint(field, "date")
    limits = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        is_slug = re.search(limits["pattern"], "two-words") and not re.search(limits["pattern"], "Two Words")
        return Complaint(field, "slug" if is_slug else "pattern", limits["pattern"])
    limit = next((str(limits[each]) for each in _LIMITS if each in limits), "")
    return Complaint(field, _CODES.get(error["type"], "other"), limit)
