"""So many of something: durations, places, classes, instalments; and numbers of which nothing says what they count."""

import re
from collections.abc import Iterator
from decimal import Decimal

from services.agent.grounding.claim import Claim, claim
from services.agent.grounding.numerals import FIGURES, NUMBER, SCALE, number
from services.agent.grounding.plain import Plain
from services.agent.grounding.values import Amount, Number

_UNITS = {
    "minute": r"min|mins|minutos?|minutes?",
    "hour": r"horas?|hours?|hs|hrs?",
    "day": r"dias?|days?",
    "week": r"semanas?|weeks?",
    "month": r"mes|meses|months?",
    "year": r"anos?|years?|yrs?|edad|edades|ages?",
    "seat": r"lugar|lugares|cupos?|vacantes?|plazas?|seats?|spots?|places?|openings?",
    "class": r"clases?|encuentros?|leccion|lecciones|lessons?|class|classes|sesion|sesiones|sessions?",
    "module": r"modulos?|modules?|unidad|unidades|units?",
    "instalment": r"cuotas?|pagos?|instalments?|installments?|payments?",
    "course": r"cursos?|taller|talleres|courses?|workshops?|opcion|opciones|options?|programas?|programs?",
    "person": r"personas?|alumn[oa]s?|people|persons?|students?|estudiantes?|participantes?",
    "level": r"nivel|niveles|levels?",
}
_UNIT = "|".join(f"(?P<{unit}>{names})" for unit, names in _UNITS.items())
UNIT_WORDS = "|".join(names for unit, names in _UNITS.items() if unit != "hour")
"""What is counted, but hours, which are also times."""

_UNIT_WORD = re.compile(rf"(?:{_UNIT})")

_COUNTED = re.compile(
    rf"(?<![\w$.,/:])(?:(?P<from>{NUMBER})\s?(?:a|o|y|to|or|and|-|–)\s?)?(?P<number>{NUMBER})[\s-](?:{_UNIT})(?!\w)"
)
_LASTS = re.compile(rf"(?<!\w)(?:dura|duran|durante|lleva|lasts?|takes?)\s(?:un|una|an?|one)\s(?:{_UNIT})(?!\w)")
_LEFT = re.compile(
    rf"(?<!\w)(?P<verb>quedan?|hay|are|is)\s(?:solo\s|solamente\s|apenas\s|only\s|just\s)?(?P<number>{NUMBER}|uno|una|one)"
    r"(?=\s?(?:[.,;!?)]|$|left|disponibles?|nomas))",
    re.MULTILINE,
)
_DEAL = re.compile(r"(?<!\w)(?P<so_many>\d)\s?x\s?(?P<price_of>\d)(?!\w)")
_BARE = re.compile(
    rf"(?<![\w.,:/#-])(?P<number>{FIGURES})(?:\s?(?P<scale>{SCALE}))?(?![\w%]|\s%|[.,:/-]\d|\ufe0f?\u20e3)"
)

_NUMBERING = re.compile(r"\n[\s*_>•·-]*$")
_BEHIND_NUMBERING = re.compile(r"\s?[.):-]")
_ORDINALS = re.compile(
    r"(?:opcion|option|paso|step|punto|numero|nro\.?|number|parte|part|nivel|level|modulo|module|capitulo|chapter"
    r"|pregunta|question|etapa|clase|lesson|semana|week|dia|day|unidad|unit|parrafo|seccion|section|pagina|page|top)\s?$"
)
_NOUN = re.compile(r"\s(?!(?:con|del|entre|para|pero|por|que|and|but|for|from|with)(?!\w))[^\W\d_]{3}")
_OWN = re.compile(
    r"\s?(?:pasos?|preguntas?|cositas?|cosas?|tips?|ideas?|datos?|frases?|steps?|questions?|things?)(?!\w)"
)


def amounts(text: Plain) -> Iterator[Claim]:
    for found in _COUNTED.finditer(text.folded):
        unit = unit_in(found)
        if found["from"]:
            yield claim(text, found.span(), Amount(number(found["from"]), unit))
        yield claim(text, found.span(), Amount(number(found["number"]), unit))
    for found in _LASTS.finditer(text.folded):
        yield claim(text, found.span(), Amount(Decimal(1), unit_in(found)))
    for found in _LEFT.finditer(text.folded):
        named = found["number"]
        count = Decimal(1) if named in ("uno", "una", "one") else number(named)
        units = ("seat",) if found["verb"].startswith("queda") else ("seat", "course")
        yield claim(text, found.span(), *(Amount(count, unit) for unit in units))


def deals(text: Plain) -> Iterator[Claim]:
    """Two for the price of one: "2x1"."""
    for found in _DEAL.finditer(text.folded):
        yield claim(text, found.span(), Amount(Decimal(found["so_many"]), f"for {found['price_of']}"))


def numbers(text: Plain, *, known: bool = False) -> Iterator[Claim]:
    """Figures that nothing else has taken; not those that number a list or count the bot's own steps and questions.

    With `known` the text is to be believed: a number in front of a noun ("2 hijos") counts that and nothing else.
    """
    for found in _BARE.finditer(text.folded):
        if not _harmless(text, found):
            value = number(found["number"], found["scale"])
            noun = known and _NOUN.match(text.folded, found.end())
            yield claim(text, found.span(), Amount(value, "thing") if noun else Number(value))


def unit_of(word: str) -> str | None:
    """The unit that a folded word names."""
    found = _UNIT_WORD.fullmatch(word)
    return None if found is None else unit_in(found)


def unit_in(found: re.Match[str]) -> str:
    return next(unit for unit in _UNITS if found[unit])


def _harmless(text: Plain, found: re.Match[str]) -> bool:
    before, small = text.before(found.start()), len(found["number"]) <= 2
    numbering = _NUMBERING.search(before) and _BEHIND_NUMBERING.match(text.folded, found.end())
    own = _OWN.match(text.folded, found.end())
    return small and bool(numbering or own or _ORDINALS.search(before))
