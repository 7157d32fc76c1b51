"""The one secret by which an app is known to the operators' collector.

It never leaves the app: the collector keeps a public key, which checks signatures and makes none, and a hash of the
password in the log drain's address. Whoever reads the collector's database can speak for no app.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE_HEADER = "X-Remanso-Signature"
_BYTES = 32


class AppKey:
    def __init__(self, text: str) -> None:
        """Raises ValueError, which does not repeat the text."""
        try:
            self._seed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            self._seed = b""
        if len(self._seed) != _BYTES:
            raise ValueError("must be an app key, as `remanso apps add` and `remanso clients provision` make them")
        self._private = Ed25519PrivateKey.from_private_bytes(self._seed)

    @classmethod
    def new(cls) -> str:
        return urlsafe_b64encode(token_bytes(_BYTES)).decode().rstrip("=")

    @property
    def public(self) -> str:
        """In hex."""
        return self._private.public_key().public_bytes_raw().hex()

    @property
    def drain_password(self) -> str:
        """Another secret, made from this one: it stands in an address that Heroku keeps and shows."""
        return hmac.new(self._seed, b"log drain", hashlib.sha256).hexdigest()

    def sign(self, body: bytes) -> str:
        """In hex."""
        return self._private.sign(body).hex()


def is_signed(body: bytes, signature: str, public: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True
