"""The rule-based replies: what is called, what is said, and that a burst is read whole."""

import json
from typing import Any

import pytest

from services.simulator.openai.brain import reply_to
from services.simulator.openai.conversation import Call, Choice, Conversation, Reply, Tool, Utterance
from tests.unit.simulator.openai_bodies import DETAILS, SAVE, SEARCH

TOOLS = tuple(Tool(tool["name"], tool["parameters"]) for tool in (SEARCH, DETAILS, SAVE))
MARKETING = {
    "id": "mkt",
    "title": "Marketing Digital desde Cero",
    "price": 45000,
    "currency": "ARS",
    "enrollment_url": "https://emprendemy.example/marketing",
}
EXCEL = {"id": "xls", "title": "Excel para Emprendedores", "price": "30000.00", "currency": "ARS"}


class Chat:
    """A conversation held with the brain; tools answer from a dictionary by their first argument."""

    def __init__(self, results: dict[str, Any] | None = None, choice: Choice | None = None) -> None:
        self.said: list[Utterance] = []
        self._results = results or {}
        self._choice = choice or Choice()

    def note(self, text: str) -> None:
        self.said.append(Utterance("system", text))

    def hear(self, *lines: str) -> Reply:
        self.said.extend(Utterance("user", line) for line in lines)
        return reply_to(Conversation(tuple(self.said), TOOLS, self._choice))

    def run(self, reply: Reply) -> Reply:
        """Answers the reply's calls and asks again."""
        calls = tuple(Call(call.name, call.arguments, f"c{len(self.said)}_{at}") for at, call in enumerate(reply.calls))
        self.said.append(Utterance("assistant", reply.text or "", calls))
        for call in calls:
            key = str(next(iter(json.loads(call.arguments).values())))
            told = self._results.get(key, {"ok": True, "courses": []})
            text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
            self.said.append(Utterance("tool", text, answers=call.id))
        return self.hear()

    def answer(self, *lines: str) -> str:
        """Plays a whole turn and returns its answer."""
        reply = self.hear(*lines)
        for _ in range(4):
            if not reply.calls:
                self.said.append(Utterance("assistant", reply.text or ""))
                return reply.text or ""
            reply = self.run(reply)
        raise AssertionError("the brain keeps calling tools")


def calls(reply: Reply) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, json.loads(call.arguments)) for call in reply.calls]


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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[Reaccionó con 👍 a «¡Hola! 👋 Déjame buscar»]", "por tu 👍"),
        ("[Nota de voz; su contenido no se puede ver ni escuchar]", "tu audio"),
        ("[Imagen, con el texto «¿hay cursos de ventas?»; su contenido no se puede ver ni escuchar]", "«ventas»"),
        ("[Imagen, con el texto «mi ubicación»; su contenido no se puede ver ni escuchar]", "tu imagen"),
        ("[Documento, archivo «plan.pdf»; su contenido no se puede ver ni escuchar]", "tu documento"),
        ("[Ubicación: Obelisco, Av. 9 de Julio (-34.603700, -58.381600)]", "tu ubicación: Obelisco, Av. 9 de Julio."),
        ("[Ubicación: (-34.603700, -58.381600)]", "tu ubicación."),
        ("[Contacto compartido: Juan, tel. +54 11 5555]", "el contacto"),
        ("[Compartió sus propios datos de contacto: Ana, correo a@b.example]", "el contacto"),
        ("[Mensaje no compatible: WhatsApp no lo puede mostrar acá (audio)]", "no puedo abrir"),
        ("[Formulario completado «turno»: día: lunes]", "tu formulario"),
        ("[Pedido: 2 × curso-1 (10 ARS)]", "tu pedido"),
        ("[En respuesta a «Ventas por WhatsApp»] muchas gracias", "De nada"),
        ("📍 Obelisco -34.60, -58.38", "tu ubicación: Obelisco."),
        ("muchas gracias", "De nada"),
        ("mi mail es ana@example.com", "ana@example.com"),
    ],
)
def test_what_is_no_question_is_noticed(line: str, expected: str) -> None:
    assert expected in Chat().answer(line)


@pytest.mark.parametrize(
    "line", ["[Quitó su reacción a «¡Hola! 👋»]", "[Editó «hola»; ahora dice «chau»]", "[Borró «hola»]"]
)
def test_what_asks_nothing_is_passed_over(line: str) -> None:
    text = Chat().answer(line, "muchas gracias")
    assert "De nada" in text
    assert "👋»" not in text
    assert "no tengo datos" not in text


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


@pytest.mark.parametrize(
    "line", ["Gracias, lo pienso y te escribo", "muchas gracias! después te aviso, chau", "gracias"]
)
def test_a_farewell_is_no_question(line: str) -> None:
    text = Chat().answer("hola", line)
    assert "De nada" in text
    assert "no tengo datos" not in text


def school_tool(name: str, **properties: Any) -> Tool:
    return Tool(name, {"type": "object", "properties": properties, "required": list(properties)})


class SchoolChat(Chat):
    """A school with tools of its own beside the search."""

    def hear(self, *lines: str) -> Reply:
        text: dict[str, Any] = {"type": "string"}
        tools = (
            *TOOLS,
            school_tool("describe_course", course_id=text, language={"type": ["string", "null"]}),
            school_tool("enrollment_link", course_id=text),
            school_tool("ask_for_person", reason=text | {"enum": ["pide una persona", "devolución"]}, summary=text),
        )
        self.said.extend(Utterance("user", line) for line in lines)
        return reply_to(Conversation(tuple(self.said), tools, self._choice))


def test_two_courses_asked_at_once_are_described_in_that_order() -> None:
    found = {"Marketing Digital": {"courses": [MARKETING]}, "Excel": {"courses": [EXCEL | {"id": "xls"}]}}
    chat = SchoolChat(found | {"mkt": "it was sent", "xls": "it was sent"})
    reply = chat.run(chat.hear("me contás de Marketing Digital y de Excel?"))
    described = {"language": None}
    assert calls(reply) == [
        ("describe_course", {"course_id": "mkt"} | described),
        ("describe_course", {"course_id": "xls"} | described),
    ]
    answer = chat.run(reply)
    assert "it was sent" not in (answer.text or "")
    chat.said.append(Utterance("assistant", answer.text or ""))
    price = chat.answer("cuánto sale?")
    assert "ARS 45000" in price
    assert "ARS 30000" in price


def test_the_link_is_that_of_the_course_described_last() -> None:
    chat = SchoolChat({"cursos": {"courses": [MARKETING, EXCEL]}, "mkt": "it was sent"})
    chat.answer("qué cursos tienen?")
    chat.answer("contame de Marketing Digital desde Cero")
    chat._results["mkt"] = {"ok": True, "course": MARKETING}
    reply = chat.hear("pasame el link para anotarme")
    assert calls(reply) == [("enrollment_link", {"course_id": "mkt"})]
    assert str(MARKETING["enrollment_url"]) in (chat.run(reply).text or "")


def test_a_person_is_asked_for_with_the_reason_that_fits() -> None:
    chat = SchoolChat()
    reply = chat.hear("quiero una devolución, pagué dos veces")
    (call,) = calls(reply)
    assert call == (
        "ask_for_person",
        {"reason": "devolución", "summary": "quiero una devolución, pagué dos veces"},
    )
    assert "avisé al equipo" in (chat.run(reply).text or "")


def test_the_language_is_remembered_where_a_line_does_not_tell() -> None:
    chat = SchoolChat({"marketing": {"courses": [MARKETING]}, "mkt": "it was sent"})
    chat.answer("hi, do you have courses about marketing?")
    assert calls(chat.hear("tell me more")) == [("describe_course", {"course_id": "mkt", "language": "en"})]


def test_how_many_were_found_is_told_and_what_is_closed() -> None:
    found = {"courses": [MARKETING, EXCEL], "total": 9}
    assert "y 7 más" in Chat({"cursos": found}).answer("qué cursos tienen?")
    assert "no está abierto" in Chat({"podcast": {"courses": [], "closed": ["Tu podcast"]}}).answer(
        "cursos de podcast?"
    )


@pytest.mark.parametrize("line", ["soy Tomás de Salta", "Me llamo Tomás, vivo en Salta"])
def test_where_somebody_lives_is_no_topic(line: str) -> None:
    text = Chat().answer(line)
    assert "Saludos a Salta" in text
    assert "no tengo datos" not in text


def test_a_client_that_is_no_school_speaks_under_its_own_name_and_lists_what_it_finds() -> None:
    wish = {"type": "object", "properties": {"wish": {"type": ["string", "null"]}}, "required": ["wish"]}
    said = [
        Utterance("system", "Sos la asistente de Panadería La Espiga. Respondés breve."),
        Utterance("user", "hola!"),
    ]
    tools = (Tool("save_contact", {}), Tool("find_offers", wish))
    assert reply_to(Conversation(tuple(said), tools)).text == (
        "¡Hola! 👋 Soy la asistente de Panadería La Espiga. ¿En qué te ayudo?"
    )
    said.append(Utterance("user", "qué ofrecen?"))
    asked = reply_to(Conversation(tuple(said), tools))
    assert calls(asked) == [("find_offers", {"wish": None})]
    offers = {"ok": True, "total": 1, "offers": [{"name": "Visita", "price": 1000, "currency": "ARS"}]}
    said += [Utterance("assistant", "", asked.calls), Utterance("tool", json.dumps(offers))]
    assert "• Visita: ARS 1000" in (reply_to(Conversation(tuple(said), tools)).text or "")
