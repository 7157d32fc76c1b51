"""Hashes of what could be guessed."""

import hmac


def keyed(secret: str, *parts: str) -> str:
    """A hash of something guessable (an address, a recovery code), useless without the console's secret."""
    return hmac.new(secret.encode(), "\x1f".join(parts).encode(), "sha256").hexdigest()
