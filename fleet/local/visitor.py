"""Somebody to look at the console of a local stack: an operator with a password made up for this run."""

import secrets
from dataclasses import dataclass

from pwdlib import PasswordHash

from remanso.store import Store

EMAIL, NAME = "demo@remanso.test", "Demo"


@dataclass(frozen=True)
class Visitor:
    email: str
    password: str


async def let_in(database_url: str) -> Visitor:
    """Makes the operator, or gives the one there is a new password."""
    password = "-".join(secrets.token_hex(2) for _ in range(3))
    hash_ = PasswordHash.recommended().hash(password)
    async with Store.connect(database_url) as store, store.transaction() as tx:
        if await tx.users.add(EMAIL, NAME, hash_, operator=True) is None and (known := await tx.users.by_email(EMAIL)):
            await tx.users.set_password(known.id, hash_)
    return Visitor(EMAIL, password)
