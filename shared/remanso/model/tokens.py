"""Random tokens that a browser or a link carries; only their hashes are stored."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is stored. Plain SHA-256 is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
