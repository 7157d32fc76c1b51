"""Sums of model calls by day, model or contact, as bars beside their table."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from remanso.store.spending import Sum

MOST_BARS = 31
NAMELESS = "–"


@dataclass(frozen=True)
class Bar:
    """`width` is percent of the chart's longest bar, by cost or, where nothing has a price, by tokens."""

    label: str
    calls: int
    tokens: int
    cost_usd: Decimal
    width: int


def charts(sums: Iterable[Sum]) -> dict[str, list[Bar]]:
    """{day, model, contact: its bars in the order of the sums}."""
    told = list(sums)
    return {by: _measured([each for each in told if each.by == by]) for by in ("day", "model", "contact")}


def unpriced(sums: Iterable[Sum]) -> int:
    """Calls of which nobody knows what they cost."""
    return sum(each.unpriced for each in sums if each.by == "all")


def _measured(sums: list[Sum]) -> list[Bar]:
    priced = any(each.cost_usd for each in sums)
    sizes = [each.cost_usd if priced else Decimal(each.tokens) for each in sums]
    longest = max(sizes, default=Decimal(0)) or Decimal(1)
    return [
        Bar(each.label or NAMELESS, each.calls, each.tokens, each.cost_usd, round(100 * size / longest))
        for each, size in zip(sums, sizes, strict=True)
    ]
