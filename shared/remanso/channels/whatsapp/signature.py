"""The signature of a webhook: HMAC-SHA256 of the raw body under the app secret (Meta docs, webhooks overview 2026)."""

import hashlib
import hmac
import re
from collections.abc import Iterable

from pydantic import SecretStr

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=[0-9a-f]{64}")


def sign(secret: SecretStr, body: bytes) -> str:
    """The header's value for `body`: `sha256=` and 64 lowercase hex digits."""
    return "sha256=" + hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()


def is_well_formed(header: str) -> bool:
    """Whether `header` could be a signature: nothing else is worth reading a body for."""
    return _FORM.fullmatch(header) is not None


def is_signed(body: bytes, header: str | None, secrets: Iterable[SecretStr]) -> bool:
    """Whether `header` signs exactly these bytes under one of `secrets` (current, previous).

    The time it takes tells nothing about the secrets: every one is tried, each comparison is constant-time.
    """
    given = (header or "").encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(sign(secret, body).encode(), given) for secret in secrets]
    return any(matches)
