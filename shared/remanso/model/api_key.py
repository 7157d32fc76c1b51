"""Keys of the API: what they may, and how one is made."""

from enum import StrEnum

from remanso.model.tokens import new_token

BEGINNING = "rmk_"
"""Of every key, so that people and scanners of repositories recognise one that lies about."""
SHOWN = 10
"""So much of a key is kept to recognise it by."""


class KeyScope(StrEnum):
    """Each stands for itself: a key that may change things and not read them is possible, if seldom useful."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    """Also what only administrators may see (with `read`) and change (with `write`): credit, catalogue, webhooks."""


def new_key() -> tuple[str, str]:
    """A fresh key, and the beginning of it that may be shown later."""
    key = f"{BEGINNING}{new_token()}"
    return key, key[:SHOWN]
