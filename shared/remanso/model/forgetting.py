"""How the forgotten are known again without being named: a mark for each of their names. Pure."""

import hmac
from hashlib import sha256

from remanso.model.phone import one_spelling


def mark_of(key: bytes, client: str, kind: str, value: str) -> str:
    """The mark of one name (an alias) of a client's contact: 64 hex digits that nobody can undo without `key`.

    All spellings of a number have one mark.
    """
    name = one_spelling(value) if kind == "wa_id" else value
    return hmac.new(key, f"{client}\0{kind}\0{name}".encode(), sha256).hexdigest()
