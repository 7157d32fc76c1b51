"""Where the courses come from. Whoever looks one up asks a `Catalogue`; what stands behind it is decided here alone."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter

from emprendemy_bot.course import Course
from remanso.plugin import ToolContext

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "seeds", _HERE.parent / "seeds")
"""Where the seeds lie: beside the modules of an installed client, above them in a checkout."""


class Catalogue(Protocol):
    async def courses(self) -> Sequence[Course]:
        """Every course, open to enrolment or not, in the order in which the school shows them."""
        ...


def catalogue_of(ctx: ToolContext) -> Catalogue:
    """The catalogue that a tool of this conversation reads."""
    return CourseFile()


class CourseFile:
    """The courses of seeds/courses.json, read once by each process."""

    async def courses(self) -> Sequence[Course]:
        return read_courses()


@cache
def read_courses() -> tuple[Course, ...]:
    """Raises pydantic.ValidationError, naming the course and the key, for a file with a mistake."""
    folder = next(folder for folder in _FOLDERS if folder.is_dir())
    return TypeAdapter(tuple[Course, ...]).validate_json((folder / "courses.json").read_bytes())
