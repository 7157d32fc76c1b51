"""Times of the day."""

import re
from collections.abc import Iterator
from decimal import Decimal

from services.agent.grounding.amounts import UNIT_WORDS
from services.agent.grounding.claim import Claim, claim
from services.agent.grounding.numerals import WORDS, number
from services.agent.grounding.plain import Plain
from services.agent.grounding.values import Amount, Hour

_HALF = r"(?:a\.?\s?m\.?(?!\w)|p\.?\s?m\.?(?!\w))"
_PART = r"(?:de|a|por|en|in) (?:la|the) (?:manana|tarde|noche|morning|afternoon|evening)"
_SUFFIX = rf"(?:\s?(?P<hs>hs\.?(?!\w)|hrs?(?!\w)|h(?!\w)|horas(?!\w)|o'clock)|\s?(?P<half>{_HALF})|\s(?P<part>{_PART}))"
_CLOCK = r"(?:[01]?\d|2[0-4])"
_POINT = rf"(?:{_CLOCK}(?:[:.h][0-5]\d)?|{WORDS}|una|one)(?![\d%])"
_ENGLISH_END = r"\s(?:in|on|o'clock|am|pm|a\.m|p\.m|sharp|or|to)|[.,;!?)]|$"
_FRACTION = r"(?:\s(?P<fraction>y media|y cuarto|menos cuarto))"

_RANGE = re.compile(
    rf"(?<![\w$.,/])(?P<first>{_POINT})\s?(?P<firsthalf>{_HALF}|hs\.?(?!\w))?"
    rf"\s?(?:a|y|to|and|until|hasta|-|–)\s?(?:las?\s)?(?P<last>{_POINT}){_SUFFIX}"
)
_EXACT = re.compile(rf"(?<![\w$.,/:])(?P<point>{_CLOCK}[:h][0-5]\d)(?!\d){_SUFFIX}?")
_MARKED = re.compile(rf"(?<![\w$.,/:])(?P<point>{_POINT})(?![.,]\d){_SUFFIX}")
_AT = re.compile(
    rf"(?<!\w)(?:(?:a|hasta|desde|de|para|tipo) las?\s(?P<point>{_POINT})"
    rf"|(?:at|by|until|till|around)\s(?P<english>{_CLOCK}(?:[:.][0-5]\d)?|{WORDS}(?={_ENGLISH_END})))"
    rf"(?![.,/]?\d|\s?%|\s(?:{UNIT_WORDS})(?!\w)){_FRACTION}?{_SUFFIX}?"
)
_STREET = re.compile(r"\s[A-Z][a-z]")  # "at 12 Mill Lane"
_NOON = re.compile(r"(?<!\w)(?P<noon>mediodia|noon|medianoche|midnight)(?!\w)")

_FRACTIONS = {None: 0, "y media": 30, "y cuarto": 15, "menos cuarto": -15}


def hours(text: Plain) -> Iterator[Claim]:
    for found in _RANGE.finditer(text.folded):
        yield from _range(text, found)
    for pattern in (_AT, _EXACT, _MARKED):
        for found in pattern.finditer(text.folded):
            named = found.groupdict()
            if named.get("english") and _STREET.match(text.shown, found.end()):
                continue
            minutes = _minutes(named["point"] or named["english"]) + _FRACTIONS[named.get("fraction")]
            readings = _readings(minutes, found["hs"], found["half"] or found["part"])
            yield claim(text, found.span(), *readings)
    for found in _NOON.finditer(text.folded):
        yield claim(text, found.span(), Hour(720 if found["noon"] in ("mediodia", "noon") else 0))


def _range(text: Plain, found: re.Match[str]) -> Iterator[Claim]:
    """What stands behind the second hour holds for the first too, unless it has its own: "7 to 9 pm"."""
    half = found["half"] or found["part"]
    own = found["firsthalf"] or half
    yield claim(text, found.span(), *_readings(_minutes(found["first"]), found["hs"], own, loose=True))
    yield claim(text, found.span(), *_readings(_minutes(found["last"]), found["hs"], half))


def _readings(minutes: int, hs: str | None, half: str | None, *, loose: bool = False) -> tuple[Hour | Amount, ...]:
    """What an hour may mean: seven may be evening where nothing tells; "20 hs" may be a duration."""
    late = half is not None and re.search(r"^p|tarde|noche|afternoon|evening", half) is not None
    early = half is not None and not late
    if late and minutes < 720:
        return (Hour(minutes + 720), *([Hour(minutes)] if loose else []))
    if early:
        return (Hour(minutes % 720),)
    if hs:
        whole = [Amount(Decimal(minutes // 60), "hour")] if minutes % 60 == 0 else []
        return (Hour(minutes % 1440), *whole)
    return (Hour(minutes % 1440), *([Hour(minutes + 720)] if minutes < 720 else []))


def _minutes(point: str) -> int:
    if point in ("una", "one"):
        return 60
    if not point[0].isdigit():
        return int(number(point)) * 60
    hour, _, minute = re.sub(r"[.h]", ":", point).partition(":")
    return int(hour) * 60 + int(minute or 0)
