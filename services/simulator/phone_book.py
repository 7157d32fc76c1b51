"""The people who write to the businesses, all made up; graph, webhooks and handsets all know them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

# Beginning of a phone number -> country of its BSUID. Only what the made-up contacts need, longest first.
_COUNTRIES = {"598": "UY", "52": "MX", "54": "AR", "55": "BR", "56": "CL", "57": "CO", "34": "ES", "1": "US"}
BSUID = re.compile(r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")


@dataclass(frozen=True)
class Contact:
    """A person on WhatsApp: digits of the phone, profile name, business-scoped user id, perhaps a username."""

    wa_id: str
    name: str
    user_id: str
    username: str | None = None


def bsuid_of(wa_id: str) -> str:
    """The business-scoped user id Meta would make: stable per phone number, without showing it."""
    country = next((code for prefix, code in _COUNTRIES.items() if wa_id.startswith(prefix)), "AR")
    number = int.from_bytes(hashlib.sha256(wa_id.encode()).digest()[:8], "big")
    return f"{country}.{number:020d}"


SEEDS = tuple(
    Contact(wa_id, name, bsuid_of(wa_id))
    for wa_id, name in (("5491155550111", "Ana"), ("5215555550122", "Bruno"), ("34600000133", "Carla"))
)


class PhoneBook:
    """Every contact the simulator has heard of, found by phone number or BSUID."""

    def __init__(self) -> None:
        self._by_wa_id: dict[str, Contact] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everybody but the contacts every simulator starts with."""
        self._by_wa_id = {contact.wa_id: contact for contact in SEEDS}

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._by_wa_id.values())

    def get(self, wa_id: str) -> Contact | None:
        """The contact with exactly this number."""
        return self._by_wa_id.get(wa_id)

    def meet(
        self, wa_id: str, *, name: str | None = None, user_id: str | None = None, username: str | None = None
    ) -> Contact:
        """The contact with this number, made or brought up to date with what is given."""
        known = self._by_wa_id.get(wa_id) or Contact(wa_id, name or wa_id, bsuid_of(wa_id))
        told = {"name": name, "user_id": user_id, "username": username}
        contact = replace(known, **{key: value for key, value in told.items() if value})
        self._by_wa_id[wa_id] = contact
        return contact

    def by_user_id(self, user_id: str) -> Contact | None:
        """The contact with this BSUID."""
        return next((contact for contact in self if contact.user_id == user_id), None)

    def dial(self, phone: str) -> str:
        """The wa_id Meta finds for a dialled number: itself, or the known contact behind a national variant."""
        return next((variant for variant in _variants(phone) if variant in self._by_wa_id), phone)


def _variants(digits: str) -> Iterator[str]:
    """Spellings of one mobile number: Argentina's 9 after 54, Mexico's 1 after 52 (Meta alters both by design)."""
    yield digits
    for long, short in (("549", "54"), ("521", "52")):
        if digits.startswith(long):
            yield short + digits[len(long) :]
        elif digits.startswith(short):
            yield long + digits[len(short) :]
