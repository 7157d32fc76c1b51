"""National spellings of one mobile number: Meta alters some prefixes by design, and people dial either. Pure."""

import re
from collections.abc import Callable

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_RULES: tuple[_Rule, ...] = (
    (re.compile(r"54(?!9)(\d{10})"), lambda found: f"549{found[1]}"),
    (re.compile(r"549(\d{10})"), lambda found: f"54{found[1]}"),
    (re.compile(r"52(\d{10})"), lambda found: f"521{found[1]}"),
    (re.compile(r"521(\d{10})"), lambda found: f"52{found[1]}"),
    # Brazil: only where the rest starts with 6-9, which is how mobiles begin; 2-5 is a landline and stays as it is.
    (re.compile(r"55(\d{2})([6-9]\d{7})"), lambda found: f"55{found[1]}9{found[2]}"),
    (re.compile(r"55(\d{2})9([6-9]\d{7})"), lambda found: f"55{found[1]}{found[2]}"),
)


def other_spellings(wa_id: str) -> tuple[str, ...]:
    """How else the mobile number `wa_id` (digits) may be written; empty where one spelling is all there is.

    Argentina `54`/`549`, Mexico `52`/`521`, Brazil with and without the ninth digit after the area (Meta docs and
    reports of third parties, 2026).
    """
    return tuple(spell(found) for pattern, spell in _RULES if (found := pattern.fullmatch(wa_id)))


def one_spelling(wa_id: str) -> str:
    """The same for all spellings of a number: whoever meets a person first, by whichever, makes the same key."""
    return min((wa_id, *other_spellings(wa_id)), key=lambda digits: (len(digits), digits))
