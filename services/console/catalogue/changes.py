"""What a change changed, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remanso.store.offers import OfferChange
from services.console.catalogue.fields import FormField, shown


@dataclass(frozen=True)
class Difference:
    """`field` is "active" for the switch, else the field's label; `kind` as in FormField."""

    field: str
    before: str
    after: str
    kind: str = "text"


@dataclass(frozen=True)
class Told:
    """One line of the history; the first has no differences: the item came to be."""

    change: OfferChange
    came: bool
    differences: tuple[Difference, ...]


def differences(
    fields: Sequence[FormField], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Difference, ...]:
    return tuple(_different(fields, before, after))


def _different(
    fields: Sequence[FormField], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Difference]:
    told = {"active": ("active", "yes"), **{field.name: (field.label, field.kind) for field in fields}}
    for name, (label, kind) in told.items():
        then, now = shown(before.get(name)), shown(after.get(name))
        if then != now:
            yield Difference(label, then, now, kind)


def told(fields: Sequence[FormField], history: Sequence[OfferChange]) -> list[Told]:
    """Newest first."""
    lines = []
    before: Mapping[str, Any] | None = None
    for change in history:
        came = before is None
        found = differences(fields, before or {}, change.data or {}) if not came and change.data is not None else ()
        lines.append(Told(change, came, found))
        before = change.data
    return lines[::-1]
