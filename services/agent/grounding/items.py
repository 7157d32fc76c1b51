"""What a tool result tells, item by item: each object that bears a title is an item, whatever the tool calls it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from services.agent.grounding.amounts import unit_of
from services.agent.grounding.money import currency
from services.agent.grounding.numerals import in_figures
from services.agent.grounding.plain import fold, plain
from services.agent.grounding.reading import claims_in
from services.agent.grounding.values import LISTED, PESO_SIGN, Amount, Day, Hour, Money, Number, Percent, Value

_TITLES = ("title", "titulo", "name", "nombre", "course", "curso", "workshop", "taller", "product", "producto")
_OF_PERSONS = {"email", "mail", "correo", "phone", "telefono", "wa_id"}
_CURRENCIES = ("currency", "moneda")
_MONEY = {
    "price", "precio", "cost", "costo", "amount", "importe", "monto", "fee", "arancel", "valor", "paid", "total",
    "each", "tarifa", "deposit", "sena", "usd", "ars", "eur",
}  # fmt: skip
_PERCENT = {"percent", "percentage", "porcentaje", "discount", "descuento", "pct"}
_NAMED = re.compile(r"[^\w\n]*(?:[^\W\d_]+[ :]+){0,2}(?:[«“\"](\w+ [^«»“”\"\n]+)[»”\"]|\*(\w+ [^*\n]+)\*)")
_FREE = {"free", "gratis", "gratuito", "gratuita"}
_IDS = {"id", "ids", "uuid", "code", "codigo"}


@dataclass(frozen=True)
class Told:
    """One known value. `items` are the titles of all objects it stands in, none for what stands beside them."""

    value: Value
    items: tuple[str, ...] = ()


@dataclass
class Result:
    """All that one tool result tells. `texts` are its strings as they stand."""

    told: list[Told] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    """Where in a result one is: the items around, the words of the key, the currency of the object or one around."""

    items: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    currency: str | None = None


def read_result(content: str, zone: ZoneInfo) -> Result:
    """What a result tells; plain words tell what they claim. Instants are read as the clock of `zone` shows them."""
    result = Result()
    _Reader(result, zone).read(_decoded(content), _Place())
    return result


def _decoded(content: str) -> Any:
    """The JSON in a text, even if its end is cut off; else the text itself."""
    if not content.lstrip().startswith(("{", "[")):
        return content
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        pass
    try:
        return from_json(content, allow_partial=True)
    except ValueError:
        return content


@dataclass(frozen=True)
class _Reader:
    result: Result
    zone: ZoneInfo

    def read(self, value: Any, place: _Place) -> None:
        match value:
            case Mapping():
                self._object(value, place)
            case str():
                self._text(value, place)
            case bool() | None:
                pass
            case int() | float():
                self._add(place, *_meanings(Decimal(str(value)), place))
            case Sequence():
                self._add(_Place(), Amount(Decimal(len(value)), LISTED))
                for one in value:
                    self.read(one, place)

    def _object(self, value: Mapping[str, Any], place: _Place) -> None:
        title = _title(value)
        items = place.items
        if title is not None:
            self.result.titles.append(title)
            items = (*items, title)
        named = next((str(value[key]) for key in _CURRENCIES if isinstance(value.get(key), str)), None)
        inner = currency(named) if named else place.currency
        for key, part in value.items():
            words = tuple(fold(str(key)).replace("-", "_").split("_"))
            if not (set(words) & _IDS and not isinstance(part, (Mapping, list))):
                self.read(part, _Place(items, words, inner))
            elif isinstance(part, str):
                self.result.texts.append(part)

    def _text(self, text: str, place: _Place) -> None:
        decoded = _decoded(text)
        if not isinstance(decoded, str):
            self.read(decoded, place)
            return
        self.result.texts.append(text)
        if (instant := _instant(text, self.zone)) is not None:
            self._add(place, Day(instant.month, instant.day, instant.year), Hour(instant.hour * 60 + instant.minute))
        elif fold(text.strip()) in _FREE:
            self._add(place, Money(Decimal(0), PESO_SIGN))
        elif (figures := _figures(text)) is not None:
            self._add(place, *_meanings(figures, place))
        else:
            for line in text.splitlines():
                self._words(line, place)

    def _words(self, line: str, place: _Place) -> None:
        """A line that begins by naming something in quotes or bold tells about that."""
        named = _NAMED.match(line) if not place.items else None
        if named:
            title = next(filter(None, named.groups()))
            self.result.titles.append(title)
            place = replace(place, items=(title,))
        self._add(place, *(value for claim in claims_in(plain(line), known=True) for value in claim.readings))

    def _add(self, place: _Place, *values: Value) -> None:
        self.result.told.extend(Told(value, place.items) for value in values)


def _title(value: Mapping[str, Any]) -> str | None:
    """The title of an object that is an item: it has one, says something more, and is no person."""
    named = next((value[key] for key in _TITLES if isinstance(value.get(key), str) and value[key].strip()), None)
    if named is None or len(value) < 2 or _OF_PERSONS & {fold(key) for key in value}:
        return None
    return str(named)


def _meanings(number: Decimal, place: _Place) -> Iterator[Value]:
    """What a bare number means by its key; where the key tells nothing, it may be anything."""
    units = [unit for word in place.key if (unit := unit_of(word))]
    words = set(place.key)
    if words & _PERCENT:
        yield Percent(number)
    elif words & _MONEY:
        code = next((word.upper() for word in ("usd", "ars", "eur") if word in words), place.currency)
        yield Money(number, code or PESO_SIGN)
        if place.currency is None and words & {"total", "amount"}:
            yield Number(number)  # so many in all, perhaps
    elif units:
        yield from (Amount(number, unit) for unit in units)
    else:
        yield Number(number)


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    """A date with a time and perhaps an offset, by the zone's clock."""
    if len(text) < 16 or not text[:4].isdigit():
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(zone) if instant.tzinfo else instant


def _figures(text: str) -> Decimal | None:
    """The number in a text that is nothing else."""
    bare = text.strip()
    if not bare.replace(".", "", 1).replace(",", "", 1).isdecimal() or not bare[0].isdigit() or not bare[-1].isdigit():
        return None
    return in_figures(bare)
