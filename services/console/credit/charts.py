"""Sums of model calls by day, model or contact, as bars beside their table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from remanso.store.spending import Calls

MOST_BARS = 31


@dataclass(frozen=True)
class Bar:
    """`width` is percent of the chart's longest bar, by cost or, where nothing has a price, by tokens."""

    label: str
    calls: int
    tokens: int
    cost_usd: Decimal
    width: int = 0


def by_day(calls: Iterable[Calls]) -> list[Bar]:
    """The newest day last."""
    return _measured(sorted(_summed(calls, lambda each: each.day.isoformat()), key=lambda bar: bar.label)[-MOST_BARS:])


def by_model(calls: Iterable[Calls]) -> list[Bar]:
    return _measured(_dearest(_summed(calls, lambda each: each.model)))


def by_contact(calls: Iterable[Calls]) -> list[Bar]:
    calls = list(calls)
    names = {str(each.contact_id): each.name or "–" for each in calls}
    bars = _dearest(_summed(calls, lambda each: str(each.contact_id)))
    return _measured([replace(bar, label=names[bar.label]) for bar in bars])


def _summed(calls: Iterable[Calls], label_of: Callable[[Calls], str]) -> list[Bar]:
    bars: dict[str, Bar] = {}
    for each in calls:
        label = label_of(each)
        bar = bars.get(label, Bar(label, 0, 0, Decimal(0)))
        tokens = bar.tokens + each.input_tokens + each.output_tokens
        bars[label] = Bar(label, bar.calls + each.calls, tokens, bar.cost_usd + each.cost_usd)
    return list(bars.values())


def _dearest(bars: list[Bar]) -> list[Bar]:
    return sorted(bars, key=lambda bar: (bar.cost_usd, bar.tokens), reverse=True)[:MOST_BARS]


def _measured(bars: list[Bar]) -> list[Bar]:
    priced = any(bar.cost_usd for bar in bars)
    sizes = [bar.cost_usd if priced else Decimal(bar.tokens) for bar in bars]
    longest = max(sizes, default=Decimal(0)) or Decimal(1)
    return [replace(bar, width=round(100 * size / longest)) for bar, size in zip(bars, sizes, strict=True)]
