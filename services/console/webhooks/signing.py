"""Signatures by the Standard Webhooks scheme (standardwebhooks.com, version 1.0.0), so that its libraries check them.

Signed is `<id>.<timestamp>.<body>` with HMAC-SHA256 under the secret's bytes; while two secrets are valid, both sign.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping

BEGINNING = "whsec_"


def new_secret() -> str:
    """256 random bits, as the scheme's libraries want them."""
    return BEGINNING + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(message_id: str, timestamp: int, body: bytes, signed_by: Iterable[str]) -> Mapping[str, str]:
    """What is sent along with `body`; `timestamp` in Unix seconds, of this attempt."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(message_id, timestamp, body, secret) for secret in signed_by),
    }


def _signature(message_id: str, timestamp: int, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(BEGINNING))
    digest = hmac.digest(key, b".".join((message_id.encode(), str(timestamp).encode(), body)), "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"
