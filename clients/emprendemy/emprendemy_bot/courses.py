"""Looking courses up: the only source of what the bot says about them."""

from typing import Any

from emprendemy_bot import catalogue
from remanso.plugin import ToolContext, tool

_MOST = 6


@tool(effect="read")
async def search_courses(ctx: ToolContext, query: str) -> dict[str, Any]:
    """Busca cursos de Emprendemy por tema. `total` dice cuántos hay; se devuelven como mucho seis.

    Args:
        query: lo que la persona quiere aprender, con sus palabras; vacío para ver todo el catálogo.
    """
    found = catalogue.search(query)
    fields = {"id", "title", "price", "currency", "starts", "enrollment_url"}
    return {"ok": True, "courses": [course.model_dump(include=fields) for course in found[:_MOST]], "total": len(found)}


@tool(effect="read")
async def course_details(ctx: ToolContext, course_id: str) -> dict[str, Any]:
    """Da todos los datos de un curso: descripción, precio, inicio, duración, modalidad y enlace de inscripción.

    Args:
        course_id: el `id` que dio search_courses.
    """
    course = catalogue.find(course_id)
    if course is None:
        known = ", ".join(course.id for course in catalogue.courses())
        problem = {"code": "unknown_course", "message": f"No hay un curso con ese id. Hay: {known}", "retryable": False}
        return {"ok": False, "error": problem}
    return {"ok": True, "course": course.model_dump(exclude={"topics"})}
