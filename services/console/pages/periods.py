"""The periods by which pages filter: so many days up to now."""

from datetime import UTC, datetime, timedelta

PERIODS = (1, 7, 30, 90)


def since(days: int) -> tuple[int, datetime]:
    """The period that a query asked for, or 30 days where we do not have it; and when it began."""
    chosen = days if days in PERIODS else 30
    return chosen, datetime.now(UTC) - timedelta(days=chosen)
