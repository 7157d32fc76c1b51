"""A long text as several WhatsApp messages."""

import re
from collections.abc import Iterator
from itertools import takewhile

import regex

LONGEST = 4096  # characters of a text body, Cloud API

# From the kindest place to cut at to the least kind; a cut that leaves a stub in front is not kind at all.
_BORDERS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))

_SIGN = regex.compile(r"\X")
"""One character as people see it: a letter with its accents, a flag, a family joined of several emoji."""


def split_text(text: str, longest: int = LONGEST) -> list[str]:
    """`text` in parts of at most `longest` characters, cut between paragraphs, lines, sentences or words.

    A word that is longer is cut between the characters that people see.
    """
    return list(_parts(text.strip(), longest))


def _parts(rest: str, longest: int) -> Iterator[str]:
    while len(rest) > longest:
        cut = _cut(rest, longest)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def _cut(text: str, longest: int) -> int:
    """Where the first part ends. The character behind it may be the border's own."""
    for border in _BORDERS:
        places = [found.start() for found in border.finditer(text, 0, longest + 1)]
        if places and places[-1] >= longest // 2:
            return places[-1]
    return places[-1] if places and places[-1] else _between_signs(text, longest)


def _between_signs(text: str, longest: int) -> int:
    """What looks like one character and is longer than a part is cut all the same."""
    ends = (sign.end() for sign in _SIGN.finditer(text))
    return max(takewhile(lambda end: end <= longest, ends), default=longest)
