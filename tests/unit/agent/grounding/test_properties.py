"""What holds for every text: allowed facts are never blocked, an amount that is not allowed always is."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.agent.asking import CallResult, ContactText, Instruction, PromptItem
from services.agent.grounding.check import unsupported
from services.agent.grounding.evidence import Evidence, read_evidence
from services.agent.grounding.numerals import in_figures
from services.agent.grounding.plain import plain
from services.agent.grounding.reading import claims_in
from services.agent.grounding.values import Day, Hour, Money

UNHURRIED = settings(deadline=None)  # a shared machine

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
TITLES = (
    "Marketing digital desde cero",
    "Ventas por WhatsApp",
    "Finanzas para emprendedores",
    "Fotografía de productos con el celular",
    "Python inicial para automatizar tareas",
)
MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()  # noqa: SIM905
)
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@dataclass(frozen=True)
class Course:
    title: str
    price: int
    starts: date
    weeks: int

    @property
    def row(self) -> dict[str, object]:
        url = f"https://emprendemy.example/i/{self.title.split()[0].lower()}"
        row = {"title": self.title, "price": self.price, "currency": "ARS", "starts": self.starts.isoformat()}
        return row | {"weeks": self.weeks, "enrollment_url": url}


def in_spanish(number: int) -> str:
    return f"{number:,}".replace(",", ".")


PRICES: Sequence[Callable[[int], str]] = (
    lambda price: f"${in_spanish(price)}",
    lambda price: f"ARS {price}",
    lambda price: f"$ {in_spanish(price)},00",
    lambda price: f"{in_spanish(price)} pesos",
)
DATES: Sequence[Callable[[date], str]] = (
    lambda day: f"{day.day} de {MONTHS[day.month - 1]}",
    lambda day: f"{WEEKDAYS[day.weekday()]} {day.day} de {MONTHS[day.month - 1]} de {day.year}",
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day.day}/{day.month}",
    lambda day: day.isoformat(),
)
SENTENCES = (
    "{title} sale {price} y arranca el {date}.",
    "{title}: {price}, {weeks} semanas.",
    "• *{title}*: {price}",
    "*{title}*\nPrecio: {price}\nComienza: {date}\nSemanas: {weeks}\n",
    "Te recomiendo {title}. Empieza el {date} y dura {weeks} semanas.",
    "¿Te cuento más de {title}?",
    "Para {title} anotate acá: {url}",
)

COURSES = st.lists(
    st.builds(
        Course,
        st.sampled_from(TITLES),
        st.integers(1_000, 900_000),
        st.dates(date(2027, 1, 1), date(2027, 12, 31)),
        st.integers(2, 30),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda course: course.title,
)


@st.composite
def told(draw: st.DrawFn, course: Course) -> str:
    """A sentence about a course that says only what is true of it."""
    return draw(st.sampled_from(SENTENCES)).format(
        title=course.title,
        price=draw(st.sampled_from(PRICES))(course.price),
        date=draw(st.sampled_from(DATES))(course.starts),
        weeks=course.weeks,
        url=course.row["enrollment_url"],
    )


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[list[Course], str]:
    """Some courses, and a text about some of them."""
    courses = draw(COURSES)
    chosen = draw(st.lists(st.sampled_from(courses), min_size=1, max_size=4))
    return courses, "\n".join(draw(told(course)) for course in chosen)


def evidence(courses: Sequence[Course], said: str = "hola", facts: str = "Sos la asistente.") -> Evidence:
    result = json.dumps({"ok": True, "courses": [course.row for course in courses]})
    return read_evidence([Instruction(facts), ContactText(said), CallResult("c", result)], ZONE)


@UNHURRIED
@given(catalogues())
def test_a_text_of_allowed_facts_is_never_blocked(made: tuple[list[Course], str]) -> None:
    courses, text = made
    assert unsupported(text, evidence(courses)) == ()


@UNHURRIED
@given(catalogues(), st.integers(1_000, 900_000), st.sampled_from(PRICES), st.booleans())
def test_an_amount_that_is_not_allowed_is_always_blocked(
    made: tuple[list[Course], str], amount: int, written: Callable[[int], str], first: bool
) -> None:
    courses, text = made
    if amount in {course.price for course in courses}:
        return
    extra = f"Además pagás {written(amount)}."
    problems = unsupported(f"{extra}\n\n{text}" if first else f"{text}\n\n{extra}", evidence(courses))
    assert [problem.kind for problem in problems] == ["money"]
    assert in_figures("".join(c for c in problems[0].text if c.isdigit() or c in ".,")) == amount


@UNHURRIED
@given(COURSES, st.data())
def test_another_courses_price_is_always_blocked(courses: list[Course], data: st.DataObject) -> None:
    mine, other = data.draw(st.tuples(st.sampled_from(courses), st.sampled_from(courses)))
    if mine.price == other.price:
        return
    text = f"{mine.title} sale {data.draw(st.sampled_from(PRICES))(other.price)}."
    (problem,) = unsupported(text, evidence(courses))
    assert (problem.why, problem.about) == ("of_another", " ".join(word.text for word in plain(mine.title).words))


@UNHURRIED
@given(COURSES, st.data(), st.sampled_from(PRICES))
def test_what_the_contact_or_the_prompt_says_may_be_said(
    courses: list[Course], data: st.DataObject, written: Callable[[int], str]
) -> None:
    amount = data.draw(st.integers(1, 999))
    text = f"Anoté tu presupuesto de {written(amount)}."
    assert unsupported(text, evidence(courses, said=f"tengo {written(amount)}")) == ()
    assert unsupported(text, evidence(courses, facts=f"La matrícula es de {written(amount)}.")) == ()


@UNHURRIED
@given(st.integers(0, 10**9), st.sampled_from(PRICES))
def test_prices_come_back_from_every_notation(price: int, written: Callable[[int], str]) -> None:
    (claim,) = claims_in(plain(f"Sale {written(price)}."))
    (reading,) = claim.readings
    assert isinstance(reading, Money)
    assert reading.amount == Decimal(price)


@UNHURRIED
@given(st.dates(date(2026, 1, 1), date(2029, 12, 31)), st.sampled_from(DATES))
def test_dates_come_back_from_every_notation(day: date, written: Callable[[date], str]) -> None:
    (claim,) = claims_in(plain(f"Empieza el {written(day)}."))
    (reading,) = claim.readings
    assert isinstance(reading, Day)
    assert (reading.month, reading.day) == (day.month, day.day)
    assert reading.year in (None, day.year)


@UNHURRIED
@given(st.integers(0, 1439))
def test_hours_come_back_from_both_clocks(minutes: int) -> None:
    hour, minute = divmod(minutes, 60)
    twelve = f"{(hour - 1) % 12 + 1}:{minute:02} {'a.m.' if hour < 12 else 'p.m.'}"
    for written in (f"{hour}:{minute:02} hs", twelve):
        readings = [reading for claim in claims_in(plain(written)) for reading in claim.readings]
        assert Hour(minutes) in readings


@UNHURRIED
@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_breaks_the_check(text: str, result: str) -> None:
    prompt: list[PromptItem] = [Instruction("Sos."), ContactText(result), CallResult("c", result)]
    unsupported(text, read_evidence(prompt, ZONE))
    assert unsupported("", read_evidence(prompt, ZONE)) == ()


@UNHURRIED
@given(st.dates(date(2027, 1, 1), date(2027, 12, 31)))
def test_a_weekday_beside_a_date_must_be_that_dates(day: date) -> None:
    course = Course(TITLES[0], 5_000, day, 4)
    wrong = WEEKDAYS[((day + timedelta(days=1)).weekday())]
    text = f"{course.title} arranca el {wrong} {day.day} de {MONTHS[day.month - 1]}."
    assert [problem.kind for problem in unsupported(text, evidence([course]))] == ["date"]


@UNHURRIED
@given(catalogues(), st.sampled_from([{"id": 5}, {"orders": 3}, {"since": "2024-03-01"}]))
def test_a_greeting_by_name_makes_nothing_the_persons(made: tuple[list[Course], str], more: dict[str, object]) -> None:
    courses, text = made
    results = [{"courses": [course.row for course in courses]}, {"saved": {"name": "Ana", **more}}]
    prompt: list[PromptItem] = [CallResult(str(place), json.dumps(result)) for place, result in enumerate(results)]
    price = f"Desde ${in_spanish(min(course.price for course in courses))}."
    assert unsupported(f"¡Hola Ana! {price}\n{text}", read_evidence(prompt, ZONE)) == ()
