"""Emprendemy's tools, run as the agent runs them."""

import pytest
from emprendemy_bot import catalogue, course_details, save_contact, search_courses

from remanso.testing import run_tool, tool_context


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("marketing", "marketing-digital"),
        ("quiero aprender a vender por whatsapp", "ventas-whatsapp"),
        ("FOTOGRAFIA", "fotografia-productos"),
        ("sacar fotos de mis productos", "fotografia-productos"),
        ("programación", "python-inicial"),
        ("ia", "ia-para-negocios"),
        ("finanzas", "finanzas-emprendedores"),
    ],
)
async def test_a_topic_finds_its_course(query: str, best: str) -> None:
    ran = await run_tool(search_courses, tool_context(), query=query)
    assert ran.data["courses"][0]["id"] == best


async def test_a_course_found_has_what_the_bot_may_quote() -> None:
    ran = await run_tool(search_courses, tool_context(), query="marketing digital")
    assert ran.data["ok"] is True
    assert ran.data["courses"][0] == {
        "id": "marketing-digital",
        "title": "Marketing digital desde cero",
        "price": 120000,
        "currency": "ARS",
        "starts": "2027-03-08",
        "enrollment_url": "https://emprendemy.example/inscripcion/marketing-digital",
    }


async def test_the_whole_catalogue_is_counted_though_only_a_page_is_given() -> None:
    ran = await run_tool(search_courses, tool_context(), query="qué cursos hay?")
    assert (len(ran.data["courses"]), ran.data["total"]) == (6, len(catalogue.courses()))


async def test_nothing_found_is_no_error() -> None:
    ran = await run_tool(search_courses, tool_context(), query="astrofísica")
    assert ran.data == {"ok": True, "courses": [], "total": 0}


async def test_details_of_a_course() -> None:
    ran = await run_tool(course_details, tool_context(), course_id="python-inicial")
    assert ran.data["course"]["weeks"] == 10
    assert "topics" not in ran.data["course"]


async def test_an_unknown_course_names_the_known_ones() -> None:
    ran = await run_tool(course_details, tool_context(), course_id="astrofisica")
    assert ran.data["error"]["code"] == "unknown_course"
    assert "python-inicial" in ran.data["error"]["message"]


async def test_what_a_person_said_is_saved() -> None:
    ctx = tool_context()
    ran = await run_tool(save_contact, ctx, name="Ana", email=None, note="quiere vender tortas")
    assert ctx.saved == [{"name": "Ana", "note": "quiere vender tortas"}]
    assert ran.data == {"ok": True, "saved": ["name", "note"]}


async def test_a_broken_email_is_not_saved() -> None:
    ctx = tool_context()
    ran = await run_tool(save_contact, ctx, name="Ana", email="ana arroba gmail", note=None)
    assert ran.data["error"]["code"] == "bad_email"
    assert ctx.saved == []
