"""Credit: what a client or a contact may still spend on the model. Pure rules; the store only applies them.

Everything is in US dollars with eight digits behind the point, as costs are stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

Span = Literal["day", "month"]

SMALLEST = Decimal("0.00000001")
"""US dollars. The scale of every amount here and of a step's stored cost."""


class EntryKind(StrEnum):
    """What one line of the ledger says. balance = grants - settled - expired; reserved = reserves not yet closed."""

    GRANT = "grant"
    RESERVE = "reserve"
    SETTLE = "settle"
    """Closes a reserve with what the call cost; the rest of it is free again."""
    RELEASE = "release"
    """Closes a reserve whose call was not paid for."""
    EXPIRE = "expire"
    EXCESS = "excess"
    """What a call cost beyond its reserve. Taken from nobody: it is the operator's, and a bug to be found."""


@dataclass(frozen=True)
class Period:
    """One day or month of a client. `ends_at` is the first moment of the next."""

    key: str
    ends_at: datetime


@dataclass(frozen=True)
class Charge:
    """How a cost falls on a reserve."""

    settled: Decimal
    excess: Decimal


def account_of(client: str, contact_id: UUID | None = None) -> UUID:
    """The id of an account, derived from its owner, so that two processes that open it at once make the same row."""
    return uuid5(NAMESPACE_URL, f"remanso:credit:{client}:{contact_id or ''}")


def period_of(now: datetime, timezone: str, span: Span) -> Period:
    """The day or month in which `now` lies for people in `timezone`."""
    local = now.astimezone(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if span == "day":
        return Period(f"{local:%Y-%m-%d}", local + timedelta(days=1))
    first = local.replace(day=1)
    return Period(f"{local:%Y-%m}", (first + timedelta(days=32)).replace(day=1))


def enough(dollars: Decimal) -> Decimal:
    """`dollars` in whole smallest units, never less: what has to be reserved for a call of at most that cost."""
    return dollars.quantize(SMALLEST, ROUND_CEILING)


def charge(cost: Decimal | None, reserved: Decimal) -> Charge:
    """Never more than was reserved. A cost that nobody told is taken to be the whole reserve."""
    rounded = reserved if cost is None else cost.quantize(SMALLEST, ROUND_HALF_UP)  # as PostgreSQL stores it
    settled = min(rounded, reserved)
    return Charge(settled, rounded - settled)
