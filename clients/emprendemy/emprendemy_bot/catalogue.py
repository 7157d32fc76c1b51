"""The school's courses: seeded from seeds/courses.json, edited by people, read anew by every question."""

from collections.abc import Sequence

from emprendemy_bot.course import Course
from remanso.plugin import Collection, ToolContext

offer = Collection(
    Course, name="courses", key="id", title="name", search=("name", "topics", "description"), label="Cursos"
)


async def all_courses(ctx: ToolContext) -> Sequence[Course]:
    """Every course, open to enrolment or not, in the order in which the school shows them."""
    return await ctx.collection(Course).all(inactive=True)
