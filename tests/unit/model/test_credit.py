"""Periods and charges: pure rules."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.model.credit import SMALLEST, Charge, Span, account_of, charge, enough, period_of

BUENOS_AIRES, SANTIAGO = "America/Argentina/Buenos_Aires", "America/Santiago"


@pytest.mark.parametrize(
    ("now", "timezone", "span", "key", "ends_at"),
    [
        ("2026-11-25T12:00", BUENOS_AIRES, "month", "2026-11", "2026-12-01T03:00"),
        ("2026-12-01T02:59", BUENOS_AIRES, "month", "2026-11", "2026-12-01T03:00"),
        ("2026-12-01T03:00", BUENOS_AIRES, "month", "2026-12", "2027-01-01T03:00"),
        ("2026-01-31T12:00", BUENOS_AIRES, "month", "2026-01", "2026-02-01T03:00"),
        ("2026-11-25T02:59", BUENOS_AIRES, "day", "2026-11-24", "2026-11-25T03:00"),
        ("2026-09-06T12:00", SANTIAGO, "day", "2026-09-06", "2026-09-07T03:00"),  # clocks went forward that midnight
        ("2026-09-05T12:00", SANTIAGO, "day", "2026-09-05", "2026-09-06T04:00"),
    ],
)
def test_periods_are_those_of_the_clients_people(now: str, timezone: str, span: Span, key: str, ends_at: str) -> None:
    found = period_of(datetime.fromisoformat(now).replace(tzinfo=UTC), timezone, span)
    assert found.key == key
    assert found.ends_at.astimezone(UTC) == datetime.fromisoformat(ends_at).replace(tzinfo=UTC)


@given(st.integers(946_684_800, 4_102_444_800), st.sampled_from(["day", "month"]))
def test_a_period_ends_after_now_and_the_next_one_begins_there(seconds: int, span: Span) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    period = period_of(now, BUENOS_AIRES, span)
    assert period.ends_at > now
    assert period_of(period.ends_at, BUENOS_AIRES, span).key > period.key


dollars = st.decimals(0, 1000, allow_nan=False, allow_infinity=False)


@given(dollars, dollars)
def test_a_charge_splits_the_cost_and_never_takes_more_than_was_reserved(cost: Decimal, worst: Decimal) -> None:
    reserved = enough(worst)
    found = charge(cost, reserved)
    assert found.settled <= reserved
    assert abs(found.settled + found.excess - cost) <= SMALLEST / 2
    assert found.excess == 0 or cost > worst


def test_an_unknown_cost_takes_the_whole_reserve() -> None:
    assert charge(None, Decimal("0.2")) == Charge(Decimal("0.2"), Decimal(0))


def test_accounts_of_different_owners_differ() -> None:
    owners = [("a", None), ("b", None), ("a", UUID(int=1)), ("b", UUID(int=1)), ("a", UUID(int=2))]
    assert len({account_of(*owner) for owner in owners}) == len(owners)
