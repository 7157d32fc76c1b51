"""Looking courses up: the only source of what the bot says about them."""

import re
from collections.abc import Sequence
from typing import Any

from emprendemy_bot.catalogue import all_courses
from emprendemy_bot.course import Course, Language
from emprendemy_bot.problems import problem
from emprendemy_bot.search import search
from emprendemy_bot.wording import described
from remanso.plugin import ToolContext, Verbatim, tool

MOST_SHOWN = 6
"""Courses in one search result: more is no answer on WhatsApp."""

_BRIEF = {"id", "name", "price", "currency", "start", "duration_weeks", "modality", "level", "enrollment_url"}


@tool(effect="read")
async def search_courses(ctx: ToolContext, query: str, skip: int = 0) -> dict[str, Any]:
    """Busca cursos por tema. Entiende errores de tipeo y sinónimos. Devuelve como mucho seis, los mejores primero.

    `total` dice cuántos hay en total; `closed` nombra los que tratan de eso pero no están abiertos a inscripción.

    Args:
        query: lo que la persona quiere aprender, con sus palabras; vacío para ver todo el catálogo.
        skip: cuántos saltear, para mostrar los que siguen; null para los primeros.
    """
    courses = await all_courses(ctx)
    found = search([course for course in courses if course.active], query)
    closed = [course.name for course in search(courses, query)[:MOST_SHOWN] if not course.active]
    shown = [course.model_dump(mode="json", include=_BRIEF) for course in found[max(skip, 0) :][:MOST_SHOWN]]
    return {"ok": True, "total": len(found), "courses": shown, "closed": closed}


@tool(effect="read")
async def course_details(ctx: ToolContext, course_id: str) -> dict[str, Any]:
    """Da todos los datos de un curso, para responder una pregunta puntual (precio, fecha, duración, modalidad, nivel).

    Args:
        course_id: el `id` que dio search_courses.
    """
    course = await _open_course(ctx, course_id)
    if not isinstance(course, Course):
        return course
    return {"ok": True, "course": course.facts()}


@tool(effect="read")
async def describe_course(ctx: ToolContext, course_id: str, language: Language = "es") -> Verbatim | dict[str, Any]:
    """Le manda a la persona la descripción completa de un curso, tal cual es. Para dos cursos, llamala dos veces.

    Args:
        course_id: el `id` que dio search_courses.
        language: el idioma en que escribe la persona; null es español.
    """
    course = await _open_course(ctx, course_id)
    if not isinstance(course, Course):
        return course
    note = (
        f"La descripción de «{course.name}», con precio, fecha y enlace, ya le llegó a la persona tal cual: "
        "no la repitas ni la resumas."
    )
    return Verbatim(text=described(course, language), note=note)


@tool(effect="read")
async def enrollment_link(ctx: ToolContext, course_id: str) -> dict[str, Any]:
    """Da el enlace para inscribirse en un curso. La inscripción y el pago se hacen ahí.

    Args:
        course_id: el `id` que dio search_courses.
    """
    course = await _open_course(ctx, course_id)
    if not isinstance(course, Course):
        return course
    fields = {"id", "name", "price", "currency", "start", "enrollment_url"}
    return {"ok": True, "course": course.model_dump(mode="json", include=fields)}


async def _open_course(ctx: ToolContext, course_id: str) -> Course | dict[str, Any]:
    """The course of that id, or of that name as models like to write it; else what to tell the model."""
    courses = await all_courses(ctx)
    wanted = course_id.strip().casefold()
    course = next((course for course in courses if wanted in (course.id, course.name.casefold())), None)
    if course is None:
        return problem("unknown_course", _alike(courses, course_id))
    if not course.active:
        return problem(
            "course_closed",
            f"«{course.name}» no está abierto a inscripción y no hay fecha. No des precio ni enlace: "
            "ofrecé avisarle (guardá su interés) o buscar otro tema.",
        )
    return course


def _alike(courses: Sequence[Course], course_id: str) -> str:
    found = search([course for course in courses if course.active], re.sub(r"[-_]", " ", course_id))[:MOST_SHOWN]
    ids = ", ".join(course.id for course in found)
    return f"No hay un curso con ese id. Parecidos: {ids}." if ids else "No hay un curso con ese id: buscalo primero."
