"""Bars by day leave no day out; each is measured against the largest of its kind."""

from datetime import date
from decimal import Decimal

from remanso.store.spending import Sum
from services.console.credit.charts import MOST_BARS, charts


def a_day(label: str, tokens: int = 10, cost: str = "0.5") -> Sum:
    return Sum("day", label, 1, 0, tokens, Decimal(cost))


def test_days_without_a_call_are_shown_as_nothing() -> None:
    bars = charts([a_day("2026-11-26", 40, "1"), a_day("2026-11-29")])["day"]
    assert [bar.day for bar in bars] == [date(2026, 11, day) for day in (26, 27, 28, 29)]
    assert [(bar.cost_share, bar.token_share) for bar in bars] == [(100, 100), (0, 0), (0, 0), (50, 25)]


def test_of_many_days_the_newest_are_shown() -> None:
    bars = charts([a_day("2026-08-01"), a_day("2026-11-29")])["day"]
    assert len(bars) == MOST_BARS
    assert bars[-1].day == date(2026, 11, 29)


def test_where_nothing_has_a_price_tokens_are_measured() -> None:
    bars = charts([Sum("model", "a", 1, 1, 10, Decimal(0)), Sum("model", None, 1, 1, 5, Decimal(0))])["model"]
    assert [(bar.label, bar.cost_share, bar.token_share) for bar in bars] == [("a", 0, 100), ("–", 0, 50)]
    assert charts([]) == {"day": [], "model": [], "contact": []}
