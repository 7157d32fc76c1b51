"""What a person's lines mean, as far as rules can tell, in Spanish and simple English.

Knows nothing of any catalogue: a topic is whatever is left of a question about courses once the words that every
such question has are taken away.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from services.simulator.openai import vocabulary

Kind = Literal[
    "greeting", "thanks", "name", "home", "email", "topic", "follow_up", "agreement", "person",
    "location", "reaction", "media", "card", "form", "order", "unsupported", "quiet", "unclear",
]  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One thing a line says. `subject` is the topic, name, address, place, emoji or kind of file.

    `wants_details` and `wants_link` tell what is asked about a course.
    """

    kind: Kind
    line: str
    subject: str = ""
    wants_details: bool = False
    wants_link: bool = False


def folded(text: str) -> str:
    """Lower case without accents: how words are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    return re.findall(r"[\w+#]+", folded(text))


_GREETING = re.compile(
    r"^\W*(?:(?:hola+s?|buen(?:as|os)?\s+(?:d[ií]as?|tardes|noches)|buenas|hello|hi|hey|good\s+(?:morning|afternoon"
    r"|evening)|a\s+todos|gente|emprendemy|qu[eé]\s+tal|c[oó]mo\s+(?:est[aá][sn]?|va|andan?)|there|how\s+are\s+you)\b\W*)+",
    re.IGNORECASE,
)
_NAME_WORD = r"[A-ZÁÉÍÓÚÜÑ][\wáéíóúüñ'-]+"
_NAME = re.compile(
    r"\b(?:(?i:me\s+llamo|mi\s+nombre\s+es|my\s+name\s+is|me\s+dicen|call\s+me|se\s+llama|their\s+name\s+is)\s+([^\W\d_][\w'-]+(?:\s+"
    + _NAME_WORD
    + r"){0,3})"
    r"|(?i:soy|i\s*'?a?m)\s+(" + _NAME_WORD + r"(?:\s+" + _NAME_WORD + r"){0,3}))"
)
_HOME = re.compile(
    r"\b(?:(?i:vivo\s+en|soy\s+de|te\s+escribo\s+desde|i\s+live\s+in|i\s*'?a?m\s+from))\s+("
    + _NAME_WORD
    + r"(?:\s+(?:(?:de|del|la|las|los)\s+)*"
    + _NAME_WORD
    + r"){0,3})"
)
_BEHIND_NAME = re.compile(r"^\W*(?:de|desde|from)\s+(" + _NAME_WORD + r"(?:\s+" + _NAME_WORD + r"){0,3})")
"""Where somebody is from who has just said their name: "soy Ana de Rosario"."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_THANKS = re.compile(
    r"\b(?:(?:much[ií]simas|muchas|mil)\s+)?gracias\b(?:\s+totales)?|\bthank(?:s| you)\b", re.IGNORECASE
)
_FAREWELL = re.compile(
    r"\b(?:(?:lo\s+(?:pienso|veo|charlo)|(?:(?:despu[eé]s|luego)\s+)?te\s+(?:escribo|aviso)|hasta\s+(?:luego|ma[nñ]ana)"
    r"|chau|adi[oó]s|nos\s+vemos|i\s*'?ll\s+think\s+about\s+it|i\s*'?ll\s+let\s+you\s+know|see\s+you|bye)"
    r"\b\W*(?:\b(?:y|and)\b\W*)?)+",
    re.IGNORECASE,
)
_AGREEMENT = re.compile(
    r"^\W*(?:s[ií]+|dale|ok(?:ay|ey)?|bueno|perfecto|genial|listo|de una|claro|b[aá]rbaro|yes|sure|great|perfect|no)"
    r"(?:\s+(?:dale|gracias|genial|perfecto))?\W*$",
    re.IGNORECASE,
)
_TO_TALK = re.compile(r"\b(?:hablar|charlar|comunicarme|talk|speak)\s+(?:con|to|with)\b", re.IGNORECASE)
_PIECES = re.compile(r"[,;.:?!¿¡()\n]+|\s(?:y|e|o|u|and|or|tambi[eé]n|adem[aá]s)\s", re.IGNORECASE)

# "de marketing digital", "¿y el de fotografía?", "and about Excel": the rest of a question asked before.
_NAMES_TOPIC = re.compile(r"^\W*(?:(?:y|e|and)\s+)?(?:(?:el|la|los|las|lo)\s+)?(?:de|del|sobre|about)\b", re.IGNORECASE)

# How our agent (lines in square brackets), or another, may write what is no text: a sign or a label in front.
_REPLIES_TO = re.compile(r"^\s*\[(?:En respuesta a|In reply to)\b.*?[»”\w]\]\s*(?=\S)")
_MARKED = re.compile(
    r"^\s*(?:[\[(<*📍📷📸🎤🎙🎧🎵📎🖼🎥📄👤]"
    r"|(?:ubicaci[oó]n|location|reacci[oó]n|reaction|audio|nota de voz|voice|imagen|image|foto|photo|video|v[ií]deo"
    r"|documento|document|sticker|contacto|contact card|mensaje no)\b[^?]*[:(]"
    r"|(?:(?:el|la|the)\s+)?(?:contacto|usuario|persona|cliente|contact|user|customer)\s+"
    r"(?:envi|mand|compart|reaccion|sent|shared|reacted))",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"va adjunta\W*$|\battached\W*$", re.IGNORECASE)
"""A picture that goes with the message: what it shows is told by a line of its own."""
_TRANSCRIBED = re.compile(r"(?:transcripta|transcribed): [«“](.*)[»”]")
_MARKS: tuple[tuple[Kind, str, str], ...] = (
    ("quiet", "", r"quito su reacc|took back|edito|edited|borro|deleted|cambio de numero|changed their"),
    ("media", "seen", r"image seen"),
    ("reaction", "", r"reacci|reaccion|react"),
    ("location", "", r"ubicaci|location|📍|\blat"),
    ("unsupported", "", r"mensaje no|no (?:compatible|soporta|admit)|unsupported|not supported|desconocid|unknown"),
    ("media", "audio", r"audio|nota de voz|voice|🎤|🎙|🎧|🎵"),
    ("media", "image", r"imagen|image|foto|photo|📷|📸|🖼"),
    ("media", "video", r"video|🎥"),
    ("media", "document", r"documento|document|archivo|file|pdf|📎|📄"),
    ("media", "sticker", r"sticker"),
    ("card", "", r"contact|tarjeta|card|👤"),
    ("form", "", r"formulario|filled form"),
    ("order", "", r"pedido|order"),
)
_CAPTION = re.compile(r"(?:con el texto|with the text) [«“](.+)[»”]")
_REACTED_WITH = re.compile(r"\b(?:con|with)\s+(\S+)\s+(?:a|to)\b")

_TAKEN_FIRST: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("greeting", _GREETING),
    ("home", _HOME),
    ("name", _NAME),
    ("email", _EMAIL),
    ("thanks", _THANKS),
    ("quiet", _FAREWELL),
)


def read(lines: tuple[str, ...], *, after_courses: bool = False) -> tuple[Point, ...]:
    """The points of a burst in order; `after_courses`: courses were talked about before.

    A short line is taken for a topic when the burst asks about courses; asking for courses in general counts only
    when no topic is named.
    """
    burst_asks = any(vocabulary.ASKING & set(words(line)) for line in _in_own_words(lines))
    points: list[Point] = []
    for line in lines:
        said = words(_as_spoken(line))
        named = (after_courses or burst_asks) and bool(_NAMES_TOPIC.match(_as_spoken(line)))
        points.extend(_points(line, asking=named or (burst_asks and len(said) <= 4)))
    if any(point.kind == "topic" and point.subject for point in points):
        points = [point for point in points if point.kind != "topic" or point.subject]
    return tuple(points)


def _in_own_words(lines: Iterable[str]) -> list[str]:
    """What the person wrote or spoke, without the lines that describe something else."""
    return [line for line in map(_as_spoken, lines) if not _MARKED.match(line)]


def _as_spoken(line: str) -> str:
    """The words of a voice note; any other line as it is."""
    spoken = _TRANSCRIBED.search(line)
    return spoken[1] if spoken else line


def _points(line: str, asking: bool) -> Iterator[Point]:
    line = _REPLIES_TO.sub("", line)
    if spoken := _TRANSCRIBED.search(line):
        yield Point("media", line, "heard")
        yield from _points(spoken[1], asking)
        return
    if _MARKED.match(line) and (marked := _marked(line)) is not None:
        yield marked
        if caption := _CAPTION.search(line):
            yield from _question(caption[1], caption[1], asking)
        return
    if _AGREEMENT.match(line):
        yield Point("agreement", line)
        return
    rest = line
    for kind, pattern in _TAKEN_FIRST:
        if found := pattern.search(rest):
            subject = next((group for group in found.groups() if group), found.group(0))
            yield Point(kind, line, _as_name(subject) if kind == "name" else subject.strip())
            rest = f"{rest[: found.start()]}, {rest[found.end() :]}"
            if kind == "name" and (home := _BEHIND_NAME.match(rest[found.start() :])):
                yield Point("home", line, home[1])
                rest = f"{rest[: found.start()]}, {rest[found.start() + home.end() :]}"
    yield from _question(rest, line, asking)


def _question(rest: str, line: str, asking: bool) -> Iterator[Point]:
    """What a line asks once greeting, name and thanks are taken from it."""
    said = words(rest)
    details, link = bool(vocabulary.DETAIL & set(said)), bool(vocabulary.ENROL & set(said))
    topics = [topic for piece in _PIECES.split(rest) if (topic := _topic(piece))]
    if (vocabulary.PERSON & set(said) or _TO_TALK.search(rest)) and not vocabulary.COURSE & set(said):
        yield Point("person", line)
    elif vocabulary.OTHER & set(said):
        yield Point("unclear", line)
    elif topics and (vocabulary.ASKING & set(said) or asking):
        for topic in topics:
            yield Point("topic", line, topic, details or link, link)
    elif topics:
        yield Point("unclear", line)
    elif vocabulary.COURSE & set(said) and not (details or link or vocabulary.PRICE & set(said)):
        yield Point("topic", line)
    elif details or link or vocabulary.PRICE & set(said):
        yield Point("follow_up", line, wants_details=details or link, wants_link=link)


def _topic(piece: str) -> str:
    """The piece without the empty words at both ends, spelled as the person did."""
    tokens = re.findall(r"[^\s\"'«»“”]+", piece)
    while tokens and (not words(tokens[0]) or words(tokens[0])[0] in vocabulary.NOISE):
        tokens.pop(0)
    while tokens and (not words(tokens[-1]) or words(tokens[-1])[-1] in vocabulary.NOISE):
        tokens.pop()
    return " ".join(tokens)


def _marked(line: str) -> Point | None:
    """What a described message is: the label that comes first, for what is quoted behind it may hold others."""
    found = [(at.start(), kind, subject) for kind, subject, label in _MARKS if (at := re.search(label, folded(line)))]
    if not found:
        return None
    _, kind, subject = min(found, key=lambda label: label[0])
    if kind == "media" and _SHOWN.search(line):
        return Point("quiet", line)
    read_subject = {"reaction": _emoji, "location": _place}.get(kind)
    return Point(kind, line, read_subject(line) if read_subject else subject)


def _emoji(line: str) -> str:
    if named := _REACTED_WITH.search(line):
        return named[1]
    return next((char for char in line if unicodedata.category(char) == "So"), "")


def _place(line: str) -> str:
    """The name of the place: what stands between the label and the coordinates."""
    label = r"^\W*(?:.*?\b(?:ubicaci[oó]n|location)\b(?:\s+(?:compartida|recibida|enviada|shared))?)?\W*"
    bare = re.sub(label, "", line, flags=re.IGNORECASE)
    bare = re.split(r"[(\[]|[-+]?\d+[.,]\d{2,}|\b(?:lat|coord|latitud|latitude|en)\b", bare, maxsplit=1)[0]
    return bare.strip(" \t,;:.–—-])»«\"'")


def names_in(lines: Iterator[str]) -> Iterator[str]:
    """Names people gave themselves in these lines."""
    for line in lines:
        if found := _NAME.search(line):
            yield _as_name(next(group for group in found.groups() if group))


def _as_name(said: str) -> str:
    return said.strip() if said != said.lower() else said.strip().title()


def how_english(lines: Iterable[str]) -> int:
    """Above 0 for lines that look English, below 0 for Spanish ones, 0 when nothing tells."""
    said = [word for line in _in_own_words(lines) for word in words(line)]
    return sum(word in vocabulary.ENGLISH for word in said) - sum(word in vocabulary.SPANISH for word in said)
