"""Dates, months and days of the week."""

import re
from collections.abc import Iterator

from services.agent.grounding.claim import Claim, claim
from services.agent.grounding.numerals import WORDS, number
from services.agent.grounding.plain import Plain
from services.agent.grounding.values import Day, Weekday

_MONTHS = (
    ("enero", "ene", "january", "jan"),
    ("febrero", "feb", "february"),
    ("marzo", "mar", "march"),
    ("abril", "abr", "april", "apr"),
    ("mayo", "may"),
    ("junio", "jun", "june"),
    ("julio", "jul", "july"),
    ("agosto", "ago", "august", "aug"),
    ("septiembre", "setiembre", "sep", "sept", "set", "september"),
    ("octubre", "oct", "october"),
    ("noviembre", "nov", "november"),
    ("diciembre", "dic", "december", "dec"),
)
_MONTH_OF = {name: place for place, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAYS = (
    ("lunes", "monday"),
    ("martes", "tuesday"),
    ("miercoles", "wednesday"),
    ("jueves", "thursday"),
    ("viernes", "friday"),
    ("sabado", "saturday"),
    ("domingo", "sunday"),
)
_WEEKDAY_OF = {name: place for place, names in enumerate(_WEEKDAYS) for name in names}
_SHORT_WEEKDAYS = (
    ("lun", "mon"),
    ("tue", "tues"),
    ("mie", "wed"),
    ("jue", "thu", "thur", "thurs"),
    ("vie", "fri"),
    ("sab", "sat"),
    ("dom", "sun"),
)
_SHORT_OF = {name: place for place, names in enumerate(_SHORT_WEEKDAYS) for name in names}

_MONTH = rf"(?:{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})(?!\w)\.?"
_LONG_MONTH = rf"(?:{'|'.join(name for names in _MONTHS for name in names if len(name) > 3 or name == 'may')})(?!\w)"
_WEEKDAY = rf"(?<!\w)(?:{'|'.join(name for names in _WEEKDAYS for name in names)})(?!\w{{2}})s?(?!\w)"
_ORDINAL = r"(?:st|nd|rd|th|o|°|º|ro)?(?!\w)"
_JOINT = r"\s?(?:,|y|e|o|u|al?|and|or|to|through|-|–|/)\s?(?:el\s|the\s)?"
_YEAR = r"(?:\s?(?:,|de|del|of)?\s?(?P<year>20\d\d)(?!\d))?"

_ISO = re.compile(r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)")
_SLASHED = re.compile(
    r"(?<![\d/.,-])(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second>\d{1,2})(?:(?P=mark)(?P<year>20\d\d|\d\d))?(?![\d/]|[.,]\d)"
)
_DAY_FIRST = re.compile(
    rf"(?<![\d.,:$])(?P<days>\d{{1,2}}{_ORDINAL}(?:{_JOINT}\d{{1,2}}{_ORDINAL}){{0,6}}|primero|{WORDS})"
    rf"\s(?:de\s|of\s)?(?P<month>{_MONTH}){_YEAR}"
)
_MONTH_FIRST = re.compile(
    rf"(?<!\w)(?P<month>{_MONTH})\s(?:the\s)?(?P<days>\d{{1,2}}{_ORDINAL}(?:{_JOINT}\d{{1,2}}{_ORDINAL}){{0,6}})"
    rf"(?![\d:]|[.,]\d){_YEAR}"
)
_MONTH_ALONE = re.compile(rf"(?<!\w)(?P<month>{_LONG_MONTH}){_YEAR}")
_CUE = re.compile(r"(?:in|of|by|until|since|during|early|late|mid|this|next|from|for|en|de)[ -]$")
_NO_DAY = r"[\d:/]|\s?(?:al?|to|y|-|–)\s?\d|\s?(?:hs?|horas|[ap]\.?m)(?!\w)|[.,]\d"
_WITH_NUMBER = re.compile(rf"(?P<weekday>{_WEEKDAY}),?\s(?P<day>\d{{1,2}})(?!{_NO_DAY})")
_BEFORE_DATE = re.compile(rf"(?P<weekday>{_WEEKDAY})\s?,?\s?(?:el\s|the\s)?(?:dia\s)?$")
_SPAN = re.compile(rf"(?P<first>{_WEEKDAY})\s?(?:al?|to|through|-|–)\s?(?P<last>{_WEEKDAY})")
_ONE_WEEKDAY = re.compile(_WEEKDAY)
_SHORT_WEEKDAY = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(_SHORT_OF, key=len, reverse=True))})(?!\w)")


def dates(text: Plain) -> Iterator[Claim]:
    """Every date, the most telling notation first."""
    for found in _ISO.finditer(text.folded):
        yield from _dated(text, found.span(), int(found["month"]), [int(found["day"])], found["year"])
    for found in _SLASHED.finditer(text.folded):
        yield from _slashed(text, found)
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        for found in pattern.finditer(text.folded):
            if not _verb(text, found):
                days = re.findall(r"\d{1,2}", found["days"]) or [_in_words(found["days"])]
                yield from _dated(text, found.span(), _month(found["month"]), list(map(int, days)), found["year"])
    for found in _WITH_NUMBER.finditer(text.folded):
        yield claim(text, found.span(), Day(None, int(found["day"]), weekday=_weekday(found["weekday"])))


def months(text: Plain) -> Iterator[Claim]:
    """Months without a day. `may` and `march` are words too: in English they need a sign that they are months."""
    for found in _MONTH_ALONE.finditer(text.folded):
        ambiguous = found["month"] in ("may", "march")
        named = text.shown[found.start()].isupper() and _CUE.search(text.before(found.start()))
        if named or not ambiguous:
            yield claim(text, found.span(), Day(_month(found["month"]), None, _year(found["year"])))


def weekdays(text: Plain, *, known: bool = False) -> Iterator[Claim]:
    """Days of the week; with `known` also all days between two ("lunes a viernes"), as one who knows may say."""
    if known:
        for found in _SPAN.finditer(text.folded):
            first, last = _weekday(found["first"]), _weekday(found["last"])
            for place in range((last - first) % 7 + 1):
                yield claim(text, found.span(), Weekday((first + place) % 7))
    for found in _ONE_WEEKDAY.finditer(text.folded):
        yield claim(text, found.span(), Weekday(_weekday(found.group())))
    for found in _SHORT_WEEKDAY.finditer(text.folded):
        if text.shown[found.start()].isupper():  # `sun`, `sat` and `dom` are words too
            yield claim(text, found.span(), Weekday(_SHORT_OF[found.group()]))


def is_of_calendar(word: str) -> bool:
    """Whether a folded word is a month or a day of the week."""
    return word in _MONTH_OF or word in _WEEKDAY_OF or word.removesuffix("s") in _WEEKDAY_OF


def _dated(text: Plain, span: tuple[int, int], month: int, days: list[int], year: str | None) -> Iterator[Claim]:
    before = _BEFORE_DATE.search(text.before(span[0]))
    start = span[0] - len(before.group()) if before else span[0]
    for place, day in enumerate(days):
        if 1 <= month <= 12 and 1 <= day <= 31:
            weekday = _weekday(before["weekday"]) if before and place == 0 else None
            yield claim(text, (start, span[1]), Day(month, day, _year(year), weekday))


def _slashed(text: Plain, found: re.Match[str]) -> Iterator[Claim]:
    """8/3 and 08-03-2027: day first; in English either may be first."""
    first, second = int(found["first"]), int(found["second"])
    if found["mark"] != "/" and not found["year"]:
        return
    day_first = list(_dated(text, found.span(), second, [first], found["year"]))
    month_first = list(_dated(text, found.span(), first, [second], found["year"])) if text.english else []
    if day_first or month_first:
        both = [reading for one in (*day_first, *month_first) for reading in one.readings]
        yield claim(text, ((day_first or month_first)[0].start, found.end()), *both)


def _verb(text: Plain, found: re.Match[str]) -> bool:
    """A verb, no month: "option 3 may work"."""
    return found["month"] == "may" and text.shown[found.start("month")].islower() and " de " not in found.group()


def _in_words(days: str) -> str:
    return "1" if days == "primero" else str(number(days))


def _month(name: str) -> int:
    return _MONTH_OF[name.rstrip(".")]


def _weekday(name: str) -> int:
    return _WEEKDAY_OF.get(name, _WEEKDAY_OF.get(name[:-1], 0))


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) + (2000 if len(text) == 2 else 0)
