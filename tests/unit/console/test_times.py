"""Moments, days and figures as pages tell them before a script tells them in the reader's zone."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from services.console.pages.figures import phone, size
from services.console.pages.times import day, moment, short_day


def test_a_moment_is_told_in_utc_with_what_the_script_needs() -> None:
    at = datetime(2026, 11, 28, 20, 5, tzinfo=timezone(timedelta(hours=-3)))
    told = moment(at, "past", "es")
    assert 'datetime="2026-11-28T23:05:00+00:00" data-show="past"' in told
    assert "28 nov 2026 23:05" in told
    assert moment(at.astimezone(UTC).isoformat(), "past", "es") == told
    assert moment(None, "ago", "es") == "—"


def test_a_day_is_in_no_zone() -> None:
    assert day(date(2026, 11, 28), "es") == '<time datetime="2026-11-28" data-show="day">sáb 28 nov</time>'
    assert short_day(date(2026, 11, 28), "en") == "Sat 28 Nov"


@pytest.mark.parametrize(
    ("digits", "told"),
    [
        ("5491155550101", "+54 9 11 5555 0101"),
        ("5215555550122", "+52 1 55 5555 0122"),
        ("56912345678", "+56 9 1234 5678"),
        ("573001234567", "+57 300 123 4567"),
        ("59899123456", "+598 9912 3456"),
        ("34600000133", "+34 600 000 133"),
        ("15555550123", "+1 555 555 0123"),
        ("1234567", "+1 234567"),
    ],
)
def test_telephone_numbers_can_be_read(digits: str, told: str) -> None:
    assert phone(digits) == told


def test_sizes_are_told_as_people_say_them() -> None:
    assert (size(1_500_000, "es_AR"), size(700, "en")) == ("1,4 MB", "0.7 KB")
