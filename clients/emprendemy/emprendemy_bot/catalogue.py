"""The school's courses: seeded from seeds/courses.json, edited by people, read anew by every question."""

from collections.abc import Sequence

from emprendemy_bot.course import Course
from emprendemy_bot.wording import described
from remanso.plugin import Collection, ToolContext


def preview(course: Course, language: str) -> str:
    """What describe_course sends."""
    return described(course, "en" if language == "en" else "es")


offer = Collection(
    Course,
    name="courses",
    key="id",
    title="name",
    search=("name", "topics", "description"),
    label="Cursos",
    preview=preview,
)


async def all_courses(ctx: ToolContext) -> Sequence[Course]:
    """Every course, open to enrolment or not, in the order in which the school shows them."""
    return await ctx.collection(Course).all(inactive=True)
