"""One-time codes from an app on the person's phone (RFC 6238), and recovery codes for when it is lost."""

import secrets
import time
from dataclasses import dataclass
from uuid import UUID

import pyotp
import segno

from services.console.secrets.sealed import Sealing

STEP = 30
RECOVERY_CODES = 8


@dataclass(frozen=True)
class SecondFactors:
    """Encrypts secrets under the console's own."""

    secret: str

    def new(self, user_id: UUID) -> str:
        """A fresh secret, encrypted, to be stored."""
        return self._sealing.seal(user_id, pyotp.random_base32())

    def counter(self, user_id: UUID, stored: str | None, code: str) -> int | None:
        """The counter of a right code, one step early or late included; None for a wrong one.

        Whether that counter was used before is the database's to say.
        """
        plain = self.plain(user_id, stored)
        now = int(time.time()) // STEP  # the phone's clock decides here, not PostgreSQL's
        if plain is None:
            return None
        codes = ((at, pyotp.TOTP(plain).at(at * STEP)) for at in (now - 1, now, now + 1))
        return next((at for at, right in codes if secrets.compare_digest(right, code.strip())), None)

    def plain(self, user_id: UUID, stored: str | None) -> str | None:
        """The secret itself; None when there is none, or it was encrypted under another console's secret."""
        return self._sealing.open(user_id, stored)

    def qr_code(self, user_id: UUID, stored: str, email: str) -> str | None:
        """An SVG to scan."""
        address = self.address(user_id, stored, email)
        return str(segno.make(address).svg_inline(scale=4, border=2, omitsize=False)) if address else None

    def address(self, user_id: UUID, stored: str, email: str) -> str | None:
        """What the QR code says: `otpauth://…`, which an app on the same phone opens by a tap."""
        plain = self.plain(user_id, stored)
        return pyotp.TOTP(plain).provisioning_uri(name=email, issuer_name="Remanso") if plain else None

    @property
    def _sealing(self) -> Sealing:
        return Sealing(self.secret, "second factor")


def new_recovery_codes() -> list[str]:
    """Eight codes such as `k3tq-9xw2-mf7c`."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return [
        "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]
