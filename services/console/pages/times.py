"""Moments in pages: told in UTC by the server, and in the reader's own zone by static/console.js."""

from datetime import UTC, datetime
from typing import Literal

from babel.dates import format_datetime
from markupsafe import Markup, escape

Form = Literal["ago", "clock", "moment", "left"]


def moment(at: datetime | None, form: Form, language: str) -> Markup:
    """A `<time>`: `ago` (5 min), `clock` (14:05), `moment` (25 nov 14:05), `left` (counts down to it)."""
    if at is None:
        return Markup("—")
    plain = format_datetime(at.astimezone(UTC), "d MMM y HH:mm", locale=language)
    iso = at.astimezone(UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}" data-show="{}" title="{} UTC">{}</time>').format(iso, form, plain, escape(plain))
