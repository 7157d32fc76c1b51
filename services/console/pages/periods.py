"""The periods by which pages filter: so many days up to now, by PostgreSQL's clock."""

from datetime import timedelta

PERIODS = (1, 7, 30, 90)


def period(days: int) -> timedelta:
    """The period that a query asked for, or 30 days where we do not have it."""
    return timedelta(days=days if days in PERIODS else 30)
