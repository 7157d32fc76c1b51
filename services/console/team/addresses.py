"""E-mail addresses as people type them."""

import re

_ADDRESS = re.compile(r"[^@\s<>\"]{1,64}@[^@\s<>\"]+\.[^@\s<>\".]{2,}")


def looks_like_address(text: str) -> bool:
    """Enough to catch a slip; whether it exists only a letter would tell."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text.strip()) is not None
