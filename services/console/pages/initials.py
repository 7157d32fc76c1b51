"""A face for people without a picture."""

import zlib

HUES = 8
"""How many colours style.css has for faces: `.face-0` to `.face-7`."""


def initials(name: str | None) -> str:
    """One or two letters; a question mark for a name without any."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"


def hue(key: object) -> int:
    """Which colour: always the same for the same key."""
    return zlib.crc32(str(key).encode()) % HUES
