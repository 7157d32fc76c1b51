"""The courses on offer, read once from courses.json, and how a person's words find them."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, HttpUrl, TypeAdapter

_FILE = Path(__file__).with_name("courses.json")

# Words that stand in most questions and say nothing about the topic.
_EMPTY_WORDS = frozenset(
    (  # noqa: SIM905 - one word a line would take half the file
        "a al algo busco como con cuando cuanto cual cuales curso cursos de del el en es esta estan hay hola la las lo "
        "los me mi para pero por precio precios puedo que quiero quisiera sale salen se si sobre son su tema tenes "
        "tienen todo todos un una uno y about course courses for how i in is much of on price the to what you"
    ).split()
)


class Course(BaseModel):
    """`starts` is the first class; `weeks` the length; the price is for the whole course, in whole
    units of its currency."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    description: str
    price: int
    currency: Literal["ARS", "USD"]
    starts: date
    weeks: int
    modality: Literal["en vivo", "grabado", "mixto"]
    enrollment_url: HttpUrl
    topics: tuple[str, ...] = ()
    """Other words people use for it."""


@cache
def courses() -> tuple[Course, ...]:
    """All courses, in the order of the catalogue."""
    return TypeAdapter(tuple[Course, ...]).validate_json(_FILE.read_bytes())


def find(course_id: str) -> Course | None:
    wanted = course_id.strip().lower()
    return next((course for course in courses() if course.id == wanted), None)


def search(query: str) -> list[Course]:
    """Courses that have to do with `query`, the best first; all of them for a query without a topic."""
    wanted = _words(query) - _EMPTY_WORDS
    if not wanted:
        return list(courses())
    scores = {course: _score(course, wanted) for course in courses()}
    return sorted((course for course in courses() if scores[course]), key=lambda course: -scores[course])


def _score(course: Course, wanted: Iterable[str]) -> int:
    title, topics, text = _words(course.title), _words(" ".join(course.topics)), _words(course.description)
    return sum(4 * _has(title, word) + 3 * _has(topics, word) + _has(text, word) for word in wanted)


def _has(words: Iterable[str], wanted: str) -> bool:
    """Whether a word begins like `wanted`: `vender` finds `ventas`, `foto` finds `fotografía`."""
    stem = wanted[: max(4, len(wanted) - 2)]
    return any(word == wanted or (len(wanted) > 3 and word.startswith(stem)) for word in words)


def _words(text: str) -> set[str]:
    """The words of `text` without case and accents."""
    plain = unicodedata.normalize("NFD", text.lower())
    return set(re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c))))
