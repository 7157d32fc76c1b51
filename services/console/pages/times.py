"""Moments and days in pages: told in UTC by the server, moments in the reader's own zone by static/console.js."""

from datetime import UTC, date, datetime
from typing import Literal

from babel.dates import format_date, format_datetime
from markupsafe import Markup, escape

Form = Literal["ago", "past", "clock", "moment", "left"]


def moment(at: datetime | str | None, form: Form, language: str) -> Markup:
    """A `<time>`; text is a moment as ISO 8601 has it.

    `ago` (5 min) for a column, `past` (hace 5 min) for a sentence, `clock` (14:05), `moment` (25 nov, 14:05), `left`
    counts down to it.
    """
    if not at:
        return Markup("—")
    exact = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)
    plain = format_datetime(exact, "d MMM y HH:mm", locale=language)
    iso = exact.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" data-show="{}" title="{} UTC">{}</time>').format(iso, form, plain, escape(plain))


def day(on: date, language: str) -> Markup:
    """A `<time>` of a day in no zone: vie 28 nov; console.js makes today and yesterday of it."""
    return Markup('<time datetime="{}" data-show="day">{}</time>').format(on.isoformat(), short_day(on, language))


def whole_day(iso: str, language: str) -> str:
    """8 mar 2027, of a day as ISO 8601 has it."""
    return format_date(date.fromisoformat(iso), "d MMM y", locale=language)


def short_day(on: date, language: str) -> str:
    """vie 28 nov, for charts."""
    return format_date(on, "EEE d MMM", locale=language)
