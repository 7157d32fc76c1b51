"""Emprendemy's tools, run as the agent runs them."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from emprendemy_bot import (
    ask_for_person,
    course_details,
    describe_course,
    enrollment_link,
    save_contact,
    search_courses,
)
from emprendemy_bot.course import Course
from emprendemy_bot.wording import described

from remanso.testing import RecordingContext, run_tool, seeded_catalogue, tool_context

FOLDER = Path(__file__).parents[1]


@pytest.fixture
def ctx() -> RecordingContext:
    """A context with the courses that the school starts with."""
    return tool_context(catalogue=seeded_catalogue(FOLDER))


@pytest.fixture
async def courses(ctx: RecordingContext) -> Sequence[Course]:
    return await ctx.collection(Course).all(inactive=True)


def test_the_school_has_a_catalogue(courses: Sequence[Course]) -> None:
    assert sum(course.active for course in courses) >= 25
    assert len({course.id for course in courses}) == len(courses)
    for course in courses:
        assert str(course.enrollment_url) == f"https://emprendemy.example/inscripcion/{course.id}"


async def test_a_course_found_has_what_the_bot_may_quote(ctx: RecordingContext) -> None:
    ran = await run_tool(search_courses, ctx, query="marketing digital", skip=None)
    assert ran.data["courses"][0] == {
        "id": "marketing-digital",
        "name": "Marketing digital desde cero",
        "price": 120000,
        "currency": "ARS",
        "start": "2027-03-08",
        "duration_weeks": 8,
        "modality": "en vivo",
        "level": "inicial",
        "enrollment_url": "https://emprendemy.example/inscripcion/marketing-digital",
    }


async def test_the_whole_catalogue_can_be_leafed_through(ctx: RecordingContext, courses: Sequence[Course]) -> None:
    active = [course.id for course in courses if course.active]
    seen: list[str] = []
    while len(seen) < len(active):
        ran = await run_tool(search_courses, ctx, query="qué cursos hay?", skip=len(seen))
        assert ran.data["total"] == len(active)
        assert len(ran.data["courses"]) <= 6
        seen += [course["id"] for course in ran.data["courses"]]
    assert seen == active


async def test_a_closed_course_is_named_and_not_offered(ctx: RecordingContext) -> None:
    ran = await run_tool(search_courses, ctx, query="bitcoin", skip=None)
    assert ran.data == {"ok": True, "total": 0, "courses": [], "closed": ["Cobrar con criptomonedas"]}
    for tool in (course_details, enrollment_link):
        ran = await run_tool(tool, ctx, course_id="criptomonedas")
        assert ran.data["error"]["code"] == "course_closed"
        assert "https://" not in ran.content


async def test_a_search_result_fits_into_what_a_model_reads(ctx: RecordingContext) -> None:
    ran = await run_tool(search_courses, ctx, query="", skip=None)
    assert len(ran.content.encode()) < 6_000


async def test_details_have_everything_the_bot_may_say(ctx: RecordingContext) -> None:
    ran = await run_tool(course_details, ctx, course_id="python-inicial")
    assert ran.data["course"]["duration_weeks"] == 10
    assert not {"description_en", "topics", "active"} & ran.data["course"].keys()


async def test_a_course_is_also_known_by_its_name(ctx: RecordingContext) -> None:
    ran = await run_tool(enrollment_link, ctx, course_id="ventas por whatsapp ")
    assert ran.data["course"]["enrollment_url"] == "https://emprendemy.example/inscripcion/ventas-whatsapp"


async def test_an_unknown_course_names_those_that_are_like_it(ctx: RecordingContext) -> None:
    ran = await run_tool(course_details, ctx, course_id="marketing_digital_avanzado")
    assert ran.data["error"]["code"] == "unknown_course"
    assert "marketing-digital" in ran.data["error"]["message"]
    ran = await run_tool(course_details, ctx, course_id="astrofisica")
    assert ran.data["error"]["code"] == "unknown_course"


async def test_a_description_goes_out_as_it_is_and_the_model_reads_only_that_it_did(ctx: RecordingContext) -> None:
    ran = await run_tool(describe_course, ctx, course_id="ia-para-negocios", language=None)
    assert ran.verbatim is not None
    assert ran.verbatim.startswith("El curso *Inteligencia artificial para tu negocio* consta de 4 semanas")
    assert "💵 USD 75\n" in ran.verbatim
    assert "USD" not in ran.content


def test_every_course_can_be_described_in_both_languages(courses: Sequence[Course]) -> None:
    for course in courses:
        spanish, english = described(course, "es"), described(course, "en")
        assert spanish.startswith(f"El curso *{course.name}* consta de ")
        assert english.startswith(f"The course *{course.name}* consists of ")
        assert spanish.endswith(str(course.enrollment_url)) and english.endswith(str(course.enrollment_url))
        assert course.description in spanish and course.description_en in english
        assert len(spanish) < 1_000, "longer is no WhatsApp message"


async def test_what_a_person_said_is_saved_even_if_it_is_one_thing(ctx: RecordingContext) -> None:
    ran = await run_tool(save_contact, ctx, name=None, email=None, location=" Córdoba ", interest=None)
    assert ctx.saved == [{"city": "Córdoba"}]
    assert ran.data == {"ok": True, "saved": ["city"]}


async def test_nothing_said_is_nothing_saved(ctx: RecordingContext) -> None:
    ran = await run_tool(save_contact, ctx, name=" ", email=None, location=None, interest="")
    assert ctx.saved == []
    assert ran.data == {"ok": True, "saved": []}


async def test_a_broken_email_keeps_nothing_else_from_being_saved(ctx: RecordingContext) -> None:
    ran = await run_tool(save_contact, ctx, name="Ana", email="ana arroba gmail", location=None, interest=None)
    assert ran.data["error"]["code"] == "bad_email"
    assert ctx.saved == [{"name": "Ana"}]


async def test_a_person_is_asked_for_with_what_they_need_to_know(ctx: RecordingContext) -> None:
    await run_tool(ask_for_person, ctx, reason="factura", summary="Necesita factura A por el curso de Excel. ")
    assert ctx.handoffs == ["factura: Necesita factura A por el curso de Excel."]
