"""Webhook bodies as Meta writes and signs them."""

import hashlib
import hmac
import json
from typing import Any


def encode(payload: Any) -> bytes:
    """JSON in ASCII with Meta's habits: `\\uXXXX` in lower case, `/` and `<` escaped, no spaces.

    Whoever parses and writes such a body again gets other bytes, and so another signature.
    """
    text = json.dumps(payload, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").replace("<", "\\u003C").encode()


def signatures(app_secret: str, body: bytes) -> dict[str, str]:
    """The signature headers of a body: SHA-256, and the legacy SHA-1 that Meta still sends."""
    key = app_secret.encode()
    return {
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
    }
