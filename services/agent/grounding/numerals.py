"""Numbers in figures and in words, as Spanish and English write them. All patterns are for folded text."""

import re
from decimal import Decimal

FIGURES = r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
_GROUPED = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")
_SCALES = {
    "mil": 1_000, "k": 1_000, "luca": 1_000, "lucas": 1_000, "thousand": 1_000, "m": 1_000_000, "millon": 1_000_000,
    "millones": 1_000_000, "million": 1_000_000,
}  # fmt: skip
SCALE = r"mil(?!\w)|k(?!\w)|lucas?(?!\w)|thousand(?!\w)|m(?!\w)|millon(?:es)?(?!\w)|million(?!\w)"

_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
    "veintiocho veintinueve treinta"
)
_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = {
    "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_HUNDREDS = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_NAMES = (
    {word: number for number, word in enumerate(_SPANISH.split())}
    | {word: number for number, word in enumerate(_ENGLISH.split())}
    | _TENS
    | _HUNDREDS
)
_MULTIPLIERS = {"mil": 1_000, "thousand": 1_000, "hundred": 100, "millon": 1_000_000, "million": 1_000_000}

# `uno` and `one` begin no number: "uno de ellos" counts nothing.
_FIRST = "|".join(sorted(set(_NAMES) - {"uno", "one", "cero", "zero"} | {"cero"}, key=len, reverse=True))
_LATER = "|".join(sorted({*_NAMES, *_MULTIPLIERS, "un"}, key=len, reverse=True))
WORDS = rf"(?<!\w)(?:{_FIRST}|mil)(?:[ -](?:y |and )?(?:{_LATER})){{0,7}}(?!\w)"

NUMBER = rf"(?:{FIGURES}|{WORDS})"


def number(text: str, scale: str | None = None) -> Decimal:
    """The number that a match of `NUMBER` means, times what stands behind it (`mil`, `k`, …)."""
    value = in_figures(text) if text[0].isdigit() else _in_words(text)
    return value * _SCALES.get((scale or "").strip(), 1)


def in_figures(text: str) -> Decimal:
    """1.250,00 and 1,250.00 and 1250: a separator with three figures behind it groups, any other is a decimal sign."""
    if "." in text and "," in text:
        grouping = min(".,", key=text.rfind)
        return Decimal(text.replace(grouping, "").replace(",", "."))
    if _GROUPED.fullmatch(text):
        return Decimal(re.sub(r"[.,]", "", text))
    return Decimal(text.replace(",", "."))


def _in_words(text: str) -> Decimal:
    total = part = 0
    for word in re.split(r"[ -]+", text):
        if word in _MULTIPLIERS:
            part = max(part, 1) * _MULTIPLIERS[word]
            if word != "hundred":
                total, part = total + part, 0
        else:
            part += 1 if word == "un" else _NAMES.get(word, 0)
    return Decimal(total + part)
