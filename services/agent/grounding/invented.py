"""Titles that nobody knows: one word away from a known one, or of a course that no tool has told of."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from services.agent.grounding.catalogue import CONNECTORS, Catalogue, Mention, common_beginning
from services.agent.grounding.claim import Claim
from services.agent.grounding.days import is_of_calendar
from services.agent.grounding.plain import Plain, Word
from services.agent.grounding.values import Kind

CLOSE = 0.82
"""Likeness from which a piece of text is a misspelt or changed title, and not just a sentence with the same words."""
_LONGEST = 9  # words of a marked piece that may be a title

_MARKED = re.compile(r"[«“\"]([^«»“”\"\n]{3,80})[»”\"]|(?<![\w*])\*([^*\n]{3,80})\*(?![\w*])")
_HEAD = re.compile(
    r"(?:^|\n)[ \t]*(?:[•·*-]|\d{1,2}[.)]|\d\ufe0f?\u20e3)[ \t]*([^\n:($–—]{3,80}?)(?=\s*(?:[:($–—]| - |, |\n|$))"
)
_COURSE = frozenset(
    (
        *("curso", "cursos", "taller", "talleres", "diplomatura", "seminario", "programa", "capacitacion"),
        *("course", "courses", "workshop", "workshops", "program", "programs"),
    )
)
_COURSE_CALLED = re.compile(
    rf"(?<!\w)(?:{'|'.join(sorted(_COURSE))})\s+(?:(?:de|sobre|on|in|about|llamad[oa]|titulad[oa]|called|named)\s+)?"
    r"[*«\"“_]*(?P<name>[^\W\d_]+)"
)
_LEVELS = frozenset(
    (  # noqa: SIM905 - words read better in a line
        "avanzado avanzada avanzados intermedio intermedia basico basica profesional experto experta intensivo "
        "intensiva inicial pro plus premium master ii iii "
        "advanced intermediate beginner beginners professional expert basics"
    ).split()
)
_CUE = re.compile(r"(?<!\w)(?:curso|taller|course|workshop|program|de|del|on|in)\s[«“\"*]?$")
_NEGATION = re.compile(r"(?<!\w)(?:no|ni|tampoco|nunca|not|never|don't|doesn't|isn't|aren't)(?!\w)")

# What often stands behind the first word of a title without being a part of it.
_FOLLOWERS = frozenset(
    (  # noqa: SIM905 - one word a line would take half the file
        "es son esta sale salen cuesta cuestan vale valen dura duran arranca arrancan empieza empiezan comienza "
        "comienzan inicia termina tiene tienen incluye queda quedan hay va van fue te se le lo no si ya que como "
        "cuando donde tambien ahora vos ustedes vivo linea online grabado mixto hoy aca ahi mas menos muy "
        "is are costs cost starts start takes runs lasts ends has have includes may can will would and or that this "
        "course class one fits at by if so it you me us not also only live recorded now here"
    ).split()
)


def invented_titles(
    text: Plain, catalogue: Catalogue, known: frozenset[str], mentions: Sequence[Mention]
) -> list[Claim]:
    """Pieces of the text that name a course nobody told of. `known` are the words of all that may be said."""
    found = [*_close(text, catalogue, mentions), *_marked(text, catalogue, known), *_begun(text, catalogue, known)]
    return list(_without_repeats([*found, *_called_course(text, known), *_heads(text, catalogue, known)]))


def _close(text: Plain, catalogue: Catalogue, mentions: Sequence[Mention]) -> Iterator[Claim]:
    """As many words as a title has, nearly the same, and no known title."""
    full = [mention for mention in mentions if mention.full]
    for title in catalogue.titles:
        for window in _windows(text.words, len(title.words)) if len(title.words) > 1 else ():
            start, end = window[0].start, window[-1].end
            apart = any(char in '.!?\n«»“”"*' for char in text.shown[start:end])
            taken = any(start < mention.end and mention.start < end for mention in full)
            named = window[0].capital or _CUE.search(text.before(start))
            if named and not (apart or taken) and _alike([word.text for word in window], title.words):
                yield _claim(text, start, end)


def _alike(said: Sequence[str], title: Sequence[str]) -> bool:
    same = sum(one == other for one, other in zip(said, title, strict=True))
    if same * 2 < len(title) or said[-1] in CONNECTORS | _FOLLOWERS:
        return False
    return SequenceMatcher(None, " ".join(said), " ".join(title)).ratio() >= CLOSE


def _marked(text: Plain, catalogue: Catalogue, known: frozenset[str]) -> Iterator[Claim]:
    """Quoted or emphasised with an unknown word, and sharing a word with a title or said to be a course."""
    for found in _MARKED.finditer(text.shown):
        start, end = found.span(1) if found[1] else found.span(2)
        words = _within(text, start, end)
        shares = any(word.text in title.content for word in words for title in catalogue.titles)
        titled = len(words) <= _LONGEST and (shares or _called_so(text, *found.span()))
        if titled and _unknown(words, known) and not _denied(text, start):
            yield _claim(text, start, end)


def _called_so(text: Plain, start: int, end: int) -> bool:
    """Whether the words around say that this is a course: "el curso «…»", "the *…* program"."""
    before = [word.text for word in text.words if word.end <= start][-3:]
    behind = [word.text for word in text.words if word.start >= end][:1]
    return bool({*before, *behind} & _COURSE)


def _begun(text: Plain, catalogue: Catalogue, known: frozenset[str]) -> Iterator[Claim]:
    """A title's first words and then another word: "Ventas por Instagram", "Python avanzado"."""
    words = text.words
    for place, word in enumerate(words):
        begun = _beginning_of(catalogue, words, place) if word.capital else 0
        if not begun or _denied(text, word.start):
            continue
        said, rest = words[place : place + begun], words[place + begun : place + begun + 2]
        if rest and rest[0].text in CONNECTORS and said[-1].text not in CONNECTORS:
            said, rest = [*said, rest[0]], rest[1:]
        if rest and text.shown[said[-1].end : rest[0].start].isspace() and _goes_on(text, said, rest[0], known):
            yield _claim(text, word.start, rest[0].end)


def _goes_on(text: Plain, said: Sequence[Word], last: Word, known: frozenset[str]) -> bool:
    """Whether `last` reads as a part of the title that began with `said`, and not as the rest of the sentence."""
    if last.text in _LEVELS:
        return last.text not in known
    joined = said[-1].text in CONNECTORS
    if last.text in _FOLLOWERS | CONNECTORS | known or last.text[0].isdigit() or is_of_calendar(last.text):
        return False
    if joined and last.text.endswith(("ar", "er", "ir", "ing")):
        return False
    one = sum(word.text not in CONNECTORS for word in said) == 1
    return _mid_sentence(text, said[0]) if not joined else one


def _called_course(text: Plain, known: frozenset[str]) -> Iterator[Claim]:
    """A name behind the word course that nobody has said: "el curso Diseño de interiores"."""
    for found in _COURSE_CALLED.finditer(text.folded):
        named = next((word for word in text.words if word.start == found.start("name")), None)
        if named and named.capital and _unknown([named], known) and not _denied(text, found.start()):
            yield _claim(text, named.start, named.end)


def _heads(text: Plain, catalogue: Catalogue, known: frozenset[str]) -> Iterator[Claim]:
    """A line of a list of courses whose head says nothing known."""
    for found in _HEAD.finditer(text.shown) if catalogue.titles else ():
        content = [word for word in _within(text, *found.span(1)) if word.text not in CONNECTORS]
        unknown = _unknown(content, known)
        priced = re.search(r"[$\d]", text.shown[found.end(1) :].partition("\n")[0])
        shares = any(word.text in catalogue.vocabulary for word in content)
        new = len(content) > 1 and len(unknown) == len(content)
        if priced and unknown and content[0].capital and (shares or new):
            yield _claim(text, *found.span(1))


def _beginning_of(catalogue: Catalogue, words: Sequence[Word], place: int) -> int:
    """How many words of a title stand here, with a telling one among them; 0 when a whole title does."""
    lengths = [0]
    for title in catalogue.titles:
        length = common_beginning(title.words, words, place)
        if length == len(title.words):
            return 0
        if set(title.words[:length]) - CONNECTORS:
            lengths.append(length)
    return max(lengths)


def _mid_sentence(text: Plain, word: Word) -> bool:
    before = text.shown[: word.start].rstrip(' \t*_«“"(')
    return bool(before) and before[-1] not in ".!?¡¿\n:…"


def _denied(text: Plain, place: int) -> bool:
    start = max(text.shown.rfind(char, 0, place) for char in ".!?\n") + 1
    return _NEGATION.search(text.folded, start, place) is not None


def _unknown(words: Iterable[Word], known: frozenset[str]) -> list[Word]:
    """The words nobody has said, in whatever form: `fotos` is known where `foto` is."""
    telling = [word for word in words if word.text not in CONNECTORS and not word.text.isdigit()]
    return [word for word in telling if not _said(word, known)]


def _said(word: Word, known: frozenset[str]) -> bool:
    if word.text in known:
        return True
    stem = word.text[: max(4, len(word.text) - 2)]
    return len(word.text) > 3 and any(one.startswith(stem) and abs(len(one) - len(word.text)) <= 2 for one in known)


def _within(text: Plain, start: int, end: int) -> list[Word]:
    return [word for word in text.words if start <= word.start and word.end <= end]


def _windows(words: Sequence[Word], size: int) -> Iterator[Sequence[Word]]:
    yield from (words[place : place + size] for place in range(len(words) - size + 1))


def _claim(text: Plain, start: int, end: int) -> Claim:
    return Claim(Kind.TITLE, text.shown[start:end].strip(), start, end)


def _without_repeats(claims: Iterable[Claim]) -> Iterator[Claim]:
    """Each piece once, however many rules have found it."""
    kept: list[Claim] = []
    for claim in claims:
        if not any(claim.start < one.end and one.start < claim.end for one in kept):
            kept.append(claim)
            yield claim
