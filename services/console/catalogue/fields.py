"""The fields of a form, read off a collection's model; and how a value stands in a form and in a CSV cell."""

import json
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Union

from pydantic import AnyUrl
from pydantic.fields import FieldInfo

from remanso.plugin.collections import Collection

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "yes"),
    (int, "whole"),
    (float, "number"),
    (Decimal, "number"),
    (datetime, "text"),
    (date, "date"),
    (AnyUrl, "url"),
    (str, "text"),
)


@dataclass(frozen=True)
class FormField:
    """`kind`: text, long, whole, number, date, url, yes, choice, lines (one part in each line) or json."""

    name: str
    label: str
    kind: str
    required: bool
    choices: tuple[str, ...] = ()


def fields_of(collection: Collection[Any]) -> tuple[FormField, ...]:
    """In the model's order; `active` is no field of the form but a switch of its own."""
    model = collection.model.model_fields
    return tuple(_field(name, info, collection) for name, info in model.items() if name != "active")


def _field(name: str, info: FieldInfo, collection: Collection[Any]) -> FormField:
    kind, choices = _kind(info.annotation)
    if kind == "text" and (name.startswith("description") or name in collection.search[1:]):
        kind = "long"
    label = info.title or name.replace("_", " ").capitalize()
    return FormField(name, label, kind, info.is_required(), choices)


def _kind(annotation: Any) -> tuple[str, tuple[str, ...]]:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0])
    if origin in (Union, types.UnionType):
        rest = [each for each in arguments if each is not type(None)]
        return _kind(rest[0]) if len(rest) == 1 else ("json", ())
    if origin is Literal and all(isinstance(each, str) for each in arguments):
        return "choice", tuple(arguments)
    if origin in (tuple, list, set, frozenset) and set(arguments) <= {str, Ellipsis}:
        return "lines", ()
    if isinstance(annotation, type):
        return next((kind for known, kind in _KINDS if issubclass(annotation, known)), "json"), ()
    return "json", ()


def shown(value: Any) -> str:
    """A JSON value as people read and write it. A list of texts has one in each line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(isinstance(part, str) for part in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False)


def shown_all(data: Mapping[str, Any], fields: Sequence[FormField]) -> dict[str, str]:
    return {field.name: shown(data.get(field.name)) for field in fields}
