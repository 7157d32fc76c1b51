"""Numbers as people read them: sizes of files, telephone numbers."""

from babel.numbers import format_decimal

KILO = 1024


def size(octets: int, locale: str) -> str:
    """1,4 MB."""
    number, unit = (octets / KILO**2, "MB") if octets >= KILO**2 else (octets / KILO, "KB")
    return f"{format_decimal(number, '#,##0.#', locale=locale)} {unit}"


def phone(digits: str) -> str:
    """+54911 5555 0101: the last eight in fours, whatever country it is."""
    return "+" + " ".join(part for part in (digits[:-8], digits[-8:-4], digits[-4:]) if part)
