"""Prices and percentages."""

import re
from collections.abc import Iterator
from decimal import Decimal

from services.agent.grounding.claim import Claim, claim
from services.agent.grounding.numerals import NUMBER, SCALE, number
from services.agent.grounding.plain import Plain
from services.agent.grounding.values import PESO_SIGN, Money, Percent

_CODES = "ars|usd|eur|clp|mxn|uyu|brl|cop|pen|gbp"
_SIGNS = {
    "$": PESO_SIGN, "ar$": "ARS", "us$": "USD", "u$s": "USD", "u$d": "USD", "u$": "USD", "€": "EUR", "£": "GBP",
    "peso": "ARS", "dolar": "USD", "dolare": "USD", "dollar": "USD", "buck": "USD", "euro": "EUR", "luca": "ARS",
}  # fmt: skip
_BEFORE = rf"(?:ar\$|us\$|u\$[sd]?|\$|€|£|(?<!\w)(?:{_CODES})(?!\w))"
_AFTER = rf"(?:us\$|u\$[sd]|\$(?!\d)|€|£|(?:{_CODES}|pesos?|dolar(?:es)?|dollars?|bucks|euros?)(?!\w))"
_PRICE = re.compile(
    rf"(?P<before>{_BEFORE})\s*(?P<first>{NUMBER})(?:\s?(?P<scale>{SCALE}))?(?:\s?(?P<also>{_AFTER}))?"
    rf"|(?<![\w.,])(?P<second>{NUMBER})(?:\s?(?P<times>{SCALE}))?\s?(?:de\s)?(?P<after>{_AFTER})"
)
_FREE = re.compile(
    r"(?<!\w)(?:gratis|gratuit[oa]s?|sin (?:cargo|costo)|free of charge|for free|(?:is|are|it's|'s) free(?! to))(?!\w)"
)
_NOT = re.compile(r"(?<!\w)(?:no|ni|not|nothing|nada|n't|isn't|aren't)\s(?:\S+\s){0,2}$")
_IDIOM = r"(?<=100%|00 %) (?:online|virtual|en linea|a distancia|remot[oa]|practic[oa]|segur[oa]|sure)"
_PERCENT = re.compile(rf"(?<![\w.,])(?P<number>{NUMBER})\s?(?:%|por ciento|percent|pct)(?!\w)(?!{_IDIOM})")


def prices(text: Plain) -> Iterator[Claim]:
    """Amounts of money, and what costs nothing."""
    for found in _PRICE.finditer(text.folded):
        amount = number(found["first"] or found["second"], found["scale"] or found["times"])
        marks = [currency(mark) for mark in (found["also"], found["before"], found["after"]) if mark]
        named = next((mark for mark in marks if mark != PESO_SIGN), PESO_SIGN)
        yield claim(text, found.span(), Money(amount, named))
    for found in _FREE.finditer(text.folded):
        if not _NOT.search(text.before(found.start())):
            yield claim(text, found.span(), Money(Decimal(0), PESO_SIGN))


def percentages(text: Plain) -> Iterator[Claim]:
    for found in _PERCENT.finditer(text.folded):
        yield claim(text, found.span(), Percent(number(found["number"])))


def currency(mark: str) -> str:
    """The code behind a sign, a code or a word, folded or not."""
    known = mark.strip().lower()
    return _SIGNS.get(known) or _SIGNS.get(known.rstrip("s")) or known.upper()
