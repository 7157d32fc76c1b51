"""The brain with a school's own tools: courses, links, a person, the contact's facts."""

import json
from typing import Any

import pytest

from services.simulator.openai.brain import reply_to
from services.simulator.openai.conversation import Conversation, Reply, Tool, Utterance
from tests.unit.simulator.openai_chat import EXCEL, MARKETING, TOOLS, Chat, calls


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
