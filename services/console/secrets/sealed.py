"""Secrets that we must be able to read again, encrypted under the console's own."""

import base64
import hashlib
from dataclasses import dataclass
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken


@dataclass(frozen=True)
class Sealing:
    """For one `purpose`, under a key of its own; the owner's id is inside, so that no row's secret fits another's."""

    secret: str
    purpose: str

    def seal(self, owner: UUID, plain: str) -> str:
        """What may be stored."""
        return self._fernet.encrypt(f"{owner}:{plain}".encode()).decode()

    def open(self, owner: UUID, stored: str | None) -> str | None:
        """None when there is none, it is another owner's, or it was sealed under another console's secret."""
        try:
            found, _, plain = self._fernet.decrypt((stored or "").encode()).decode().partition(":")
        except InvalidToken:
            return None
        return plain if found == str(owner) else None

    @property
    def _fernet(self) -> Fernet:
        key = hashlib.sha256(f"{self.purpose}\x1f{self.secret}".encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))
