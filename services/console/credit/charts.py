"""Sums of model calls by day, model or contact, as bars beside their table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from remanso.store.spending import Sum

MOST_BARS = 31
NAMELESS = "–"


@dataclass(frozen=True)
class Bar:
    """`cost_share` and `token_share` are percent of the chart's dearest and longest bar; `day` is of bars by day."""

    label: str
    calls: int
    tokens: int
    cost_usd: Decimal
    cost_share: int
    token_share: int
    day: date | None = None


def charts(sums: Iterable[Sum]) -> dict[str, list[Bar]]:
    """{day, model, contact: its bars in the order of the sums, and days without a call between others}."""
    told = list(sums)
    days, models, contacts = ([each for each in told if each.by == by] for by in ("day", "model", "contact"))
    return {"day": _measured(_each_day(days)), "model": _measured(models), "contact": _measured(contacts)}


def unpriced(sums: Iterable[Sum]) -> int:
    """Calls of which nobody knows what they cost."""
    return sum(each.unpriced for each in sums if each.by == "all")


def _each_day(sums: Sequence[Sum]) -> list[Sum]:
    """The newest days up to the last one with a call, those without one as nothing."""
    if not sums:
        return []
    known = {date.fromisoformat(each.label or ""): each for each in sums}
    last = max(known)
    span = min((last - min(known)).days + 1, MOST_BARS)
    days = [last - timedelta(days=back) for back in reversed(range(span))]
    return [known.get(day) or Sum("day", day.isoformat(), 0, 0, 0, Decimal(0)) for day in days]


def _measured(sums: Sequence[Sum]) -> list[Bar]:
    dearest = max((each.cost_usd for each in sums), default=Decimal(0)) or Decimal(1)
    longest = max((each.tokens for each in sums), default=0) or 1
    return [
        Bar(
            each.label or NAMELESS,
            each.calls,
            each.tokens,
            each.cost_usd,
            round(100 * each.cost_usd / dearest),
            round(100 * each.tokens / longest),
            date.fromisoformat(each.label) if each.by == "day" and each.label else None,
        )
        for each in sums
    ]
