"""How each kind of claim is written in Spanish and English, and what it is read as."""

from decimal import Decimal

import pytest

from services.agent.grounding.numerals import in_figures
from services.agent.grounding.plain import plain
from services.agent.grounding.reading import claims_in
from services.agent.grounding.values import (
    Amount,
    Day,
    Email,
    Hour,
    Link,
    Money,
    Number,
    Percent,
    Phone,
    Value,
    Weekday,
)


def money(amount: str, currency: str = "$") -> Money:
    return Money(Decimal(amount), currency)


def count(number: int, unit: str) -> Amount:
    return Amount(Decimal(number), unit)


READ: list[tuple[str, list[Value]]] = [
    ("sale $120.000.", [money("120000")]),
    ("sale $ 120.000,50 final", [money("120000.50")]),
    ("1.250,00 USD", [money("1250", "USD")]),
    ("US$1,250.50", [money("1250.50", "USD")]),
    ("U$S 75", [money("75", "USD")]),
    ("75 dólares", [money("75", "USD")]),
    ("ARS 42,000", [money("42000", "ARS")]),
    ("60 €", [money("60", "EUR")]),
    ("65 mil pesos", [money("65000", "ARS")]),
    ("$65k", [money("65000")]),
    ("1,5 millones de pesos", [money("1500000", "ARS")]),
    ("treinta y siete mil quinientos pesos", [money("37500", "ARS")]),
    ("es gratis", [money("0")]),
    ("no es gratis", []),
    ("feel free to ask", []),
    ("15 % off", [Percent(Decimal(15))]),
    ("diez por ciento", [Percent(Decimal(10))]),
    ("el 12 de marzo", [Day(3, 12)]),
    ("lunes 8 de marzo de 2027", [Day(3, 8, 2027, 0)]),
    ("6 y 13 de febrero", [Day(2, 6), Day(2, 13)]),
    ("1º de abril", [Day(4, 1)]),
    ("ocho de marzo", [Day(3, 8)]),
    ("2027-03-08", [Day(3, 8, 2027)]),
    ("el 8/3", [Day(3, 8)]),
    ("el 08-03-27", [Day(3, 8, 2027)]),
    ("it starts on 3/8", [Day(8, 3), Day(3, 8)]),
    ("March 22nd, 2027", [Day(3, 22, 2027)]),
    ("the 4th of May", [Day(5, 4)]),
    ("option 3 may work", []),
    ("you may come", []),
    ("in May", [Day(5, None)]),
    ("en marzo de 2027", [Day(3, None, 2027)]),
    ("jueves 26", [Day(None, 26, None, 3)]),
    ("los sábados", [Weekday(5)]),
    ("18 hs", [Hour(1080), count(18, "hour")]),
    ("18:30 hs", [Hour(1110)]),
    ("6 pm", [Hour(1080)]),
    ("6 p.m.", [Hour(1080)]),
    ("a las 7", [Hour(420), Hour(1140)]),
    ("a las 7 y media de la tarde", [Hour(1170)]),
    ("a las seis menos cuarto de la tarde", [Hour(1065)]),
    ("de 9 am a 5 pm", [Hour(540), Hour(1020)]),
    ("a las dos personas", [count(2, "person")]),
    ("las dos cosas", []),
    ("al mediodía", [Hour(720)]),
    ("8 semanas", [count(8, "week")]),
    ("eight weeks", [count(8, "week")]),
    ("de 11 a 14 años", [count(11, "year"), count(14, "year")]),
    ("dura un mes", [count(1, "month")]),
    ("quedan solo dos.", [count(2, "seat")]),
    ("tres cuotas", [count(3, "instalment")]),
    ("tenés 2x1", [count(2, "for 1")]),
    ("es 100% online", []),
    ("es 100 % seguro", []),
    ("te devolvemos el 100%", [Percent(Decimal(100))]),
    ("12 planillas", [Number(Decimal(12))]),
    ("nivel A2, grupo m1p2", []),
    ("1. Elegí\n2) Entrá\n3️⃣ Listo", []),
    ("son 3 pasos y 2 preguntas", []),
    ("paso 2", []),
    ("https://www.a.example/x/?utm_source=bot&b=1.", [Link("a.example/x?b=1")]),
    ("entrá a a.example/x, dale", [Link("a.example/x")]),
    ("emprendemy.com.ar", [Link("emprendemy.com.ar")]),
    ("bueno.Seguimos", []),
    ("@emprendemy", [Link("@emprendemy")]),
    ("Hola@Lingua.example.", [Email("hola@lingua.example")]),
    ("+54 11 4555-0199", [Phone("541145550199")]),
    ("(415) 555-0199", [Phone("4155550199")]),
]


@pytest.mark.parametrize(("text", "values"), READ, ids=[text for text, _ in READ])
def test_what_is_read(text: str, values: list[Value]) -> None:
    assert [reading for claim in claims_in(plain(text)) for reading in claim.readings] == values


def test_a_span_of_weekdays_means_each_of_them_to_who_knows() -> None:
    known = claims_in(plain("de lunes a jueves"), known=True)
    assert {reading for claim in known for reading in claim.readings} == {Weekday(day) for day in range(4)}


@pytest.mark.parametrize(
    ("figures", "number"),
    [
        ("1.250", "1250"),
        ("1,250", "1250"),
        ("1.25", "1.25"),
        ("0.125", "0.125"),
        ("1.250,5", "1250.5"),
        ("1,000,000", "1000000"),
    ],
)
def test_separators(figures: str, number: str) -> None:
    assert in_figures(figures) == Decimal(number)
