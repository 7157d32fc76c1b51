"""How a course reads on WhatsApp, in Spanish and English: the text that goes out as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from emprendemy_bot.course import Course, Language, Level, Modality


@dataclass(frozen=True)
class Wording:
    """The words of one language. `begins` takes the day, `week` and `weeks` the number, the rest what it names."""

    text: str
    week: str
    weeks: str
    modality: Mapping[Modality, str]
    level: Mapping[Level, str]
    starts: str
    any_day: str
    date: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    thousands: str


ES = Wording(
    text="""\
El curso *{name}* consta de {weeks} {modality}, de nivel {level}.

{description}

📅 {start}
💵 {price}
📝 Inscripción: {url}""",
    week="1 semana",
    weeks="{} semanas",
    modality={
        "en vivo": "de clases en vivo",
        "grabado": "de clases grabadas, a tu ritmo",
        "mixto": "de clases en vivo y grabadas",
    },
    level={"inicial": "inicial", "intermedio": "intermedio", "avanzado": "avanzado"},
    starts="Empieza el {}",
    any_day="Empezás el día que quieras",
    date="{weekday} {day} de {month} de {year}",
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    thousands=".",
)  # fmt: skip

EN = Wording(
    text="""\
The course *{name}* consists of {weeks} {modality}, {level} level, taught in Spanish.

{description}

📅 {start}
💵 {price}
📝 Enrolment: {url}""",
    week="1 week",
    weeks="{} weeks",
    modality={
        "en vivo": "of live classes",
        "grabado": "of recorded classes, at your own pace",
        "mixto": "of live and recorded classes",
    },
    level={"inicial": "beginner", "intermedio": "intermediate", "avanzado": "advanced"},
    starts="Starts on {}",
    any_day="Start on any day you like",
    date="{weekday}, {month} {day}, {year}",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    thousands=",",
)  # fmt: skip

WORDINGS: Mapping[Language, Wording] = {"es": ES, "en": EN}


def described(course: Course, language: Language) -> str:
    """The whole description of a course, as a contact gets it."""
    words = WORDINGS[language]
    return words.text.format(
        name=course.name,
        weeks=words.week if course.duration_weeks == 1 else words.weeks.format(course.duration_weeks),
        modality=words.modality[course.modality],
        level=words.level[course.level],
        description=course.description_in(language),
        start=words.starts.format(_day(course.start, words)) if course.start else words.any_day,
        price=f"{course.currency} {course.price:,}".replace(",", words.thousands),
        url=course.enrollment_url,
    )


def _day(day: date, words: Wording) -> str:
    weekday, month = words.weekdays[day.weekday()], words.months[day.month - 1]
    return words.date.format(weekday=weekday, day=day.day, month=month, year=day.year)
