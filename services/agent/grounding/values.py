"""What a text may claim, as values; and which known value supports which claimed one."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of claims. Few, since each is a label of metrics."""

    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    WEEKDAY = "weekday"
    HOUR = "hour"
    AMOUNT = "amount"
    NUMBER = "number"
    LINK = "link"
    EMAIL = "email"
    PHONE = "phone"
    TITLE = "title"


PESO_SIGN = "$"
"""The bare sign: pesos in Spanish, in English dollars too."""


LISTED = "listed"
"""The unit of how many stand in a list: so many courses, or options, one may then speak of."""


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Percent:
    number: Decimal


@dataclass(frozen=True)
class Day:
    """As much of a date as was said. `weekday` counts from Monday, 0."""

    month: int | None
    day: int | None
    year: int | None = None
    weekday: int | None = None


@dataclass(frozen=True)
class Weekday:
    number: int


@dataclass(frozen=True)
class Hour:
    """Minutes since midnight."""

    minutes: int


@dataclass(frozen=True)
class Amount:
    """So many of something that is counted: `week`, `seat`, `instalment`, …"""

    number: Decimal
    unit: str


@dataclass(frozen=True)
class Number:
    """A number of which nothing says what it counts."""

    number: Decimal


@dataclass(frozen=True)
class Link:
    """Without scheme, `www.` and tracking parameters."""

    address: str


@dataclass(frozen=True)
class Email:
    address: str


@dataclass(frozen=True)
class Phone:
    digits: str


Value = Money | Percent | Day | Weekday | Hour | Amount | Number | Link | Email | Phone

KINDS: dict[type[Value], Kind] = {
    Money: Kind.MONEY,
    Percent: Kind.PERCENT,
    Day: Kind.DATE,
    Weekday: Kind.WEEKDAY,
    Hour: Kind.HOUR,
    Amount: Kind.AMOUNT,
    Number: Kind.NUMBER,
    Link: Kind.LINK,
    Email: Kind.EMAIL,
    Phone: Kind.PHONE,
}


def sort_of(value: Value) -> object:
    """What a value is a value of: a price, a date, so many weeks."""
    return (Amount, value.unit) if isinstance(value, Amount) else type(value)


def supports(known: Value, claimed: Value, *, english: bool = False) -> bool:
    """Whether knowing one value is reason enough to say the other. `english`: the language of the claim."""
    match known, claimed:
        case Money(), Money():
            return known.amount == claimed.amount and _same_currency(known.currency, claimed.currency, english)
        case Day(), Day():
            return _same_day(known, claimed)
        case Day(), Weekday(number):
            return _weekday(known) == number
        case Phone(), Phone():
            longer, shorter = sorted((known.digits, claimed.digits), key=len, reverse=True)
            return longer.endswith(shorter.lstrip("0"))
        case Number(), Phone(digits):
            return str(known.number) == digits
        case Amount(number, unit="listed"), _:
            return claimed == Amount(number, "course")
        case Number(number), Money() | Percent() | Amount():
            return number in _numbers(claimed)
        case _, Number(number):
            return number in _numbers(known)
        case Link(address), Link(claimed_address):
            return address == claimed_address or (_home(claimed_address) and _host(address) == claimed_address)
        case Email(address), Link(claimed_address):
            return address.rpartition("@")[2] == claimed_address
    return known == claimed


def _same_currency(known: str, claimed: str, english: bool) -> bool:
    if PESO_SIGN not in (known, claimed):
        return known == claimed
    other = claimed if known == PESO_SIGN else known
    return other in (PESO_SIGN, "ARS") or (english and other == "USD")


def _same_day(known: Day, claimed: Day) -> bool:
    """Every part that was claimed is known to be so; a year or weekday that nobody can know is let pass."""
    if known.day is None and claimed.day is not None:
        return False
    weekday = _weekday(known)
    return (
        claimed.day in (None, known.day)
        and claimed.month in (None, known.month)
        and (None in (known.year, claimed.year) or known.year == claimed.year)
        and (None in (weekday, claimed.weekday) or weekday == claimed.weekday)
    )


def _weekday(day: Day) -> int | None:
    if day.year and day.month and day.day:
        try:
            return date(day.year, day.month, day.day).weekday()
        except ValueError:  # 30 February
            return day.weekday
    return day.weekday


def _numbers(value: Value) -> set[Decimal]:
    """The numbers one has read when one has read the value."""
    match value:
        case Money(amount):
            return {amount}
        case Percent(number) | Amount(number) | Number(number):
            return {number}
        case Day():
            return {Decimal(part) for part in (value.day, value.year) if part is not None}
        case Hour(minutes):
            return {Decimal(minutes // 60)}
    return set()


def _home(address: str) -> bool:
    return "/" not in address and "?" not in address


def _host(address: str) -> str:
    return address.partition("/")[0].partition("?")[0]
