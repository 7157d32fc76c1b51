"""What the brain makes of a line: a question, a greeting, a farewell, nothing."""

import pytest

from tests.unit.simulator.openai_chat import Chat


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


@pytest.mark.parametrize(
    "line", ["Gracias, lo pienso y te escribo", "muchas gracias! después te aviso, chau", "gracias"]
)
def test_a_farewell_is_no_question(line: str) -> None:
    text = Chat().answer("hola", line)
    assert "De nada" in text
    assert "no tengo datos" not in text
