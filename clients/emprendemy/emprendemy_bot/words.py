"""Words as people type them on a phone: without accents, in the plural, misspelt. Pure."""

import re
import unicodedata
from functools import lru_cache

EMPTY = frozenset(
    (  # noqa: SIM905 - one word a line would take half the file
        "a aca ademas ahora al algo alguien algun alguna algunas alguno algunos alla aprender asi ay ayuda bien "
        "buen buena buenas bueno buenos buscando busco cada che comienza comienzan como con consulta consultar "
        "contame cosas cual cuales cuando cuanto cuantos cuesta da dan dar de decime del desde dia dictan donde e "
        "el ella ellos empieza empiezan en entonces era es esa ese eso esta estan este estoy estudiar favor fue "
        "genial gracias gustaria ha hace hacer hasta hay hola hoy info informacion interesa interesada interesado "
        "ir la las le les lo los mas mejor mejorar mi mis mucho muy nada necesito ni no nos o ofrecen otra otro "
        "para pasame pero poder por porfa porque precio precios pregunta puede puedo q que queria querria quiero "
        "quisiera re recomendas recomiendan sabe saber sale salen se sea ser si sin sobre solo son soy su "
        "sus tal tambien te tema temas tenes tengo ti tiene tienen tipo toda todas todo todos tu tus un una unas "
        "uno unos usar vale valen ver vi vos voy x xq y ya yo "
        "about an and any are at can could do does for from get have hello hi how i im in is it learn learning "
        "like looking much my need of on or please show study take tell that the there this to want what which "
        "with would you your"
    ).split()
)
"""Words that stand in most questions and say nothing about the topic."""

_COURSE = (
    "curso",
    "cursito",
    "clase",
    "taller",
    "capacitacion",
    "formacion",
    "catalogo",
    "course",
    "class",
    "workshop",
)

_GREETING = re.compile(r"\bbuen[oa]?s? (dias?|tardes|noches)\b")

_HEARD = tuple(
    (re.compile(spelling), heard)
    for spelling, heard in (
        ("wh?", "gu"),
        ("(?<!c)h", ""),
        ("v", "b"),
        ("ll", "y"),
        ("qu(?=[ei])|k|q|c(?![eih])", "k"),
        ("z|c(?=[ei])", "s"),
        ("g(?=[ei])", "j"),
        (r"(.)\1", r"\1"),
    )
)
"""Spellings that sound the same, in the order in which they are replaced."""


def words(text: str) -> list[str]:
    """The words of `text` in order, without case and accents."""
    return re.findall(r"[a-z0-9]+", _folded(text))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def topic_words(question: str) -> list[str]:
    """The words of a question that may name a topic, each once, in order."""
    asked = dict.fromkeys(words(_GREETING.sub(" ", _folded(question))))
    return [word for word in asked if word not in EMPTY and not _means_course(word)]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without its ending of plural and gender: `ventas`, `venta` → `vent`."""
    for ending in ("es", "as", "os", "s", "a", "o", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """The word as an Argentine hears it: `ventas` and `bentas`, `marketing` and `marqueting` are one."""
    for spelling, heard in _HEARD:
        word = spelling.sub(heard, word)
    return word


@lru_cache(maxsize=50_000)
def likeness(asked: str, own: str) -> float:
    """How well a word that was asked fits one of a course: 1 for the same, 0 for another."""
    if asked == own:
        return 1.0
    wanted, there = stem(asked), stem(own)
    if wanted == there:
        return 0.97
    if len(wanted) >= 4 and there.startswith(wanted):
        return 0.8  # `foto` begins `fotografia`
    if len(there) >= 4 and wanted.startswith(there):
        return 0.6  # `plan` begins `planilla`: less often the same thing
    return 0.9 * _sounds_alike(sound(asked), sound(own))


def _sounds_alike(asked: str, own: str) -> float:
    """1 for what sounds the same, less for each slip of the finger, 0 for more slips than its length bears."""
    if stem(asked) == stem(own):
        return 1.0
    shorter, longer = sorted((len(asked), len(own)))
    borne = 0 if longer < 5 else 1 if shorter < 8 else 2  # with four letters, `caja` is no misspelt `casa`
    if shorter < 4 or longer - shorter > borne:
        return 0.0
    slips = _slips(asked, own)
    return 1 - slips / 4 if slips <= borne else 0.0


def _slips(asked: str, own: str) -> int:
    """How many letters were left out, added, mistaken or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(own) + 1))
    for i, letter in enumerate(asked):
        last, before, row = before, row, [i + 1]
        for j, other in enumerate(own):
            cost = min(before[j] + (letter != other), before[j + 1] + 1, row[j] + 1)
            if i and j and letter == own[j - 1] and asked[i - 1] == other:
                cost = min(cost, last[j - 1] + 1)
            row.append(cost)
    return row[-1]


@lru_cache(maxsize=5_000)
def _means_course(word: str) -> bool:
    return any(likeness(word, course) >= 0.6 for course in _COURSE)
