"""What tools answered, whatever JSON shape they chose: courses, a failure, or just some text."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.simulator.openai.reading import words
from services.simulator.openai.vocabulary import IN_TITLES

_TITLE = ("title", "name", "titulo", "nombre")
_PRICE = ("price", "precio", "cost")
_CURRENCY = ("currency", "moneda")
_LINK = ("enrollment_url", "url", "link", "enlace")
_ID = ("id", "course_id", "code", "slug")


@dataclass(frozen=True)
class Course:
    """A course as a tool told it: every value in the tool's own words."""

    title: str
    id: str | None = None
    price: str | None = None
    link: str | None = None
    more: dict[str, str] = field(default_factory=dict)

    def called(self, said: set[str]) -> bool:
        """Whether someone who says these words names this course in full."""
        own = significant(self.title)
        return bool(own) and own <= said

    def fits(self, topic: str) -> bool:
        """Whether the words of a topic all lie in the title."""
        asked = significant(topic)
        return bool(asked) and asked <= significant(self.title)


def significant(text: str) -> set[str]:
    return {word for word in words(text) if word not in IN_TITLES}


@dataclass(frozen=True)
class Result:
    """One tool result. `text` is set when the tool told something that holds no course.

    `total` counts what was found beyond the courses told here; `closed` names courses that nobody can enrol in.
    """

    ok: bool
    courses: tuple[Course, ...] = ()
    text: str = ""
    total: int = 0
    closed: tuple[str, ...] = ()


def result_from(content: str) -> Result:
    """Reads a tool message; what is no JSON is taken as the tool's own words."""
    try:
        told = json.loads(content)
    except ValueError:
        return Result(ok=True, text=content.strip())
    if isinstance(told, dict) and (told.get("ok") is False or told.get("error")):
        return Result(ok=False)
    courses = tuple(_courses(told))
    fields = told if isinstance(told, dict) else {}
    total, closed = fields.get("total"), fields.get("closed")
    return Result(
        ok=True,
        courses=courses,
        text="" if courses or not isinstance(told, str) else told,
        total=max(len(courses), total if isinstance(total, int) else 0),
        closed=tuple(map(str, closed)) if isinstance(closed, list) else (),
    )


def _courses(told: Any) -> Iterator[Course]:
    """Courses anywhere in the result, in order; a course's own nested objects are not searched."""
    if isinstance(told, list):
        for part in told:
            yield from _courses(part)
    elif isinstance(told, dict):
        title = _first(told, _TITLE)
        if title is not None:
            yield _course(told, title)
        else:
            for part in told.values():
                yield from _courses(part)


def _course(told: dict[str, Any], title: str) -> Course:
    price, currency = _first(told, _PRICE), _first(told, _CURRENCY)
    known = {*_TITLE, *_PRICE, *_CURRENCY, *_LINK, *_ID}
    more = {key: text for key, value in told.items() if key not in known and (text := _plain(value))}
    return Course(
        title=title,
        id=_first(told, _ID),
        price=f"{currency} {price}" if price and currency else price,
        link=_first(told, _LINK),
        more=more,
    )


def _first(told: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys if (text := _plain(told.get(key)))), None)


def _plain(value: Any) -> str:
    """A value as a person reads it; booleans, nothing and nested objects are left out."""
    if isinstance(value, bool) or value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return ", ".join(text for part in value if (text := _plain(part)))
    return str(value).strip()
