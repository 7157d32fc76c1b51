"""The rule-based replies: what is called, what is said, and that a burst is read whole."""

from typing import Any

import pytest

from services.simulator.openai.conversation import Choice, Utterance
from tests.unit.simulator.openai_chat import EXCEL, MARKETING, Chat, calls


def test_a_question_is_looked_up_with_a_word_beside_it() -> None:
    reply = Chat().hear("¿tienen cursos de marketing?")
    assert calls(reply) == [("search_courses", {"query": "marketing"})]
    assert reply.text is not None
    assert "Dejame buscar" in reply.text


def test_two_topics_are_two_calls_at_once() -> None:
    reply = Chat().hear("¿tienen cursos de marketing digital y de excel?")
    assert calls(reply) == [("search_courses", {"query": "marketing digital"}), ("search_courses", {"query": "excel"})]


def test_the_answer_tells_what_the_tools_told() -> None:
    chat = Chat({"marketing": {"ok": True, "courses": [MARKETING]}, "excel": {"ok": True, "courses": [EXCEL]}})
    text = chat.answer("¿tienen cursos de marketing y de excel?")
    for fact in (MARKETING["title"], "ARS 45000", MARKETING["enrollment_url"], EXCEL["title"], "ARS 30000.00"):
        assert str(fact) in text


def test_one_answer_touches_every_line_of_a_burst() -> None:
    chat = Chat({"marketing": {"ok": True, "courses": [MARKETING]}})
    reply = chat.hear(
        "Hola!",
        "me llamo Ana",
        "¿qué hay de marketing?",
        "📍 Ubicación: Obelisco (-34.60, -58.38)",
        "xyzzy 42",
        "gracias!",
    )
    assert ("save_contact", {"name": "Ana", "email": None, "note": None}) in calls(reply)
    assert reply.text is not None
    assert reply.text.startswith("¡Hola, Ana!")
    text = chat.run(reply).text or ""
    points = ["un gusto, ana", "marketing digital desde cero", "obelisco", "de nada", "«xyzzy 42»"]
    assert [point for point in points if point in text.casefold()] == points


def test_lines_nobody_understands_are_quoted_in_order() -> None:
    text = Chat().answer("m-1", "m-2", "m-3")
    assert "«m-1», «m-2» y «m-3»" in text


def test_lines_that_came_while_tools_ran_belong_to_the_turn() -> None:
    chat = Chat({"marketing": {"ok": True, "courses": [MARKETING]}})
    chat.run(chat.hear("¿tienen cursos de marketing?"))
    late = chat.hear("gracias!")
    assert late.calls == ()
    assert "Marketing Digital" in (late.text or "")
    assert "De nada" in (late.text or "")


def test_a_course_named_later_is_shown_in_full() -> None:
    full = {"ok": True, "course": MARKETING | {"duration_weeks": 6, "syllabus": ["Redes", "Avisos"]}}
    chat = Chat({"marketing": {"ok": True, "courses": [MARKETING]}, "mkt": full})
    chat.answer("¿tienen cursos de marketing?")
    reply = chat.hear("contame más de Marketing Digital desde Cero")
    assert calls(reply) == [("course_details", {"course_id": "mkt"})]
    text = chat.run(reply).text or ""
    assert "Redes, Avisos" in text
    assert "Semanas: 6" in text


def test_details_of_an_unknown_course_are_searched_first() -> None:
    chat = Chat({"Marketing Digital": {"ok": True, "courses": [MARKETING]}, "mkt": {"ok": True, "course": MARKETING}})
    first = chat.hear("quiero el temario de Marketing Digital")
    assert calls(first) == [("search_courses", {"query": "Marketing Digital"})]
    assert calls(chat.run(first)) == [("course_details", {"course_id": "mkt"})]


def test_a_question_without_subject_is_about_what_was_found_last() -> None:
    chat = Chat({"marketing": {"ok": True, "courses": [MARKETING]}})
    assert "Sobre qué curso" in chat.answer("¿cuánto cuesta?")
    chat.answer("¿tienen cursos de marketing?")
    assert "ARS 45000" in chat.answer("¿cuánto cuesta?")


def test_the_rest_of_a_question_is_read_with_the_question() -> None:
    full = {"ok": True, "course": EXCEL | {"weeks": 4}}
    chat = Chat({"excel": {"ok": True, "courses": [EXCEL]}, "xls": full})
    chat.answer("¿tienen cursos de marketing?")
    text = chat.answer("hola", "quería info", "de excel", "y la duración?")
    assert "Semanas: 4" in text


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"ok": True, "courses": []}, "no encontré cursos"),
        ({"ok": False, "error": {"code": "timeout", "message": "x"}}, "No pude consultar"),
        ([MARKETING], "ARS 45000"),
        ({"items": [{"name": "Marketing I", "precio": 10}]}, "Marketing I: 10"),
        ("Hay tres cursos de marketing.", "Hay tres cursos de marketing."),
        ('{"cut', '{"cut'),
    ],
)
def test_any_shape_of_result_is_made_sense_of(told: Any, expected: str) -> None:
    assert expected in Chat({"marketing": told}).answer("¿tienen cursos de marketing?")


def test_greets_by_the_name_a_note_tells() -> None:
    chat = Chat()
    chat.note("Sos el asistente de Emprendemy. Usá {llaves} si hace falta.")
    chat.note('Lo que se sabe de la persona: {"name": "Ana Pérez", "location": {"name": "Obelisco"}}')
    assert chat.answer("buen día").startswith("¡Hola, Ana!")
    other = Chat()
    other.note("Contacto: Luis Gómez (wa_id oculto)")
    assert other.answer("buen día").startswith("¡Hola, Luis!")
    unknown = Chat()
    unknown.note('Lo que se sabe de la persona: {"location": {"name": "Obelisco"}}')
    assert unknown.answer("buen día").startswith("¡Hola! ")


def test_what_is_saved_once_is_not_saved_again() -> None:
    chat = Chat({"Ana": {"ok": True}})
    assert "Un gusto, Ana" in chat.answer("me llamo Ana")
    assert chat.hear("me llamo Ana").calls == ()


def test_a_wish_for_a_person_is_noted() -> None:
    chat = Chat({"None": {"ok": True, "saved": ["note"]}})
    reply = chat.hear("quiero hablar con una persona")
    assert calls(reply) == [("save_contact", {"name": None, "email": None, "note": "quiero hablar con una persona"})]
    assert "el equipo lo va a leer" in (chat.run(reply).text or "")


def test_a_failed_save_is_admitted() -> None:
    assert "No pude guardar" in Chat({"Ana": {"ok": False}}).answer("soy Ana")


def test_english_is_answered_in_english() -> None:
    chat = Chat({"marketing": {"ok": True, "courses": [MARKETING]}})
    assert "About «marketing» I found" in chat.answer("hi, do you have courses about marketing?")


def test_without_leave_to_call_it_answers() -> None:
    reply = Chat(choice=Choice(may_call=False)).hear("¿tienen cursos de marketing?")
    assert reply.calls == ()
    assert "marketing" in (reply.text or "")


def test_one_call_at_a_time_when_asked_so() -> None:
    assert len(Chat(choice=Choice(one_call=True)).hear("¿cursos de marketing y de excel?").calls) == 1


def test_a_demanded_call_is_made() -> None:
    assert calls(Chat(choice=Choice(must_call=True)).hear("hola")) == [("search_courses", {"query": "hola"})]


def test_a_turn_left_open_by_a_fallback_is_answered() -> None:
    chat = Chat({"marketing": {"ok": True, "courses": [MARKETING]}})
    chat.said += [Utterance("user", "¿cursos de marketing?"), Utterance("assistant", "Ya te contestamos.")]
    assert "ARS 45000" in chat.answer()
