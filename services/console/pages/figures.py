"""Numbers as people read them: sizes of files, telephone numbers."""

from itertools import accumulate, pairwise

from babel.numbers import format_decimal

KILO = 1024


def size(octets: int, locale: str) -> str:
    """1,4 MB."""
    number, unit = (octets / KILO**2, "MB") if octets >= KILO**2 else (octets / KILO, "KB")
    return f"{format_decimal(number, '#,##0.#', locale=locale)} {unit}"


def phone(digits: str) -> str:
    """+54 9 11 5555 0101: the country, what marks a mobile there, and the rest in groups as people say them."""
    country = digits[: _length_of_country(digits)]
    mark = next((sign for code, sign in _MOBILE if digits.startswith(code + sign)), "")
    rest = digits[len(country) + len(mark) :]
    sizes = _GROUPS.get((country, len(rest))) or _GROUPS.get(("", len(rest)), (len(rest),))
    ends = list(accumulate(sizes))
    groups = [rest[begin:end] for begin, end in pairwise([0, *ends])]
    return " ".join(part for part in (f"+{country}", mark, *groups) if part)


def _length_of_country(digits: str) -> int:
    """ITU-T E.164: one digit for 1 and 7, two for those listed, else three."""
    return 1 if digits[:1] in ("1", "7") else 2 if digits[:2] in _TWO_DIGITS else 3


_TWO_DIGITS = frozenset(
    map(str, (20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84, 86))
) | frozenset(map(str, (*range(90, 96), 98)))
_MOBILE = (("54", "9"), ("52", "1"))
_GROUPS = {
    ("", 8): (4, 4),
    ("", 9): (3, 3, 3),
    ("", 10): (3, 3, 4),
    ("", 11): (2, 5, 4),
    ("52", 10): (2, 4, 4),
    ("54", 10): (2, 4, 4),
    ("56", 9): (1, 4, 4),
}
"""How many digits stand together; by country where it has a way of its own."""
