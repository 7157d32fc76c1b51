"""What slows down guessing: failures are counted by account and by address, in the database, for all processes."""

from datetime import timedelta

from fastapi import Request

from remanso.runtime.http import caller
from remanso.store import Transaction
from remanso.store.users import normal
from services.console.console import console_of
from services.console.secrets.tokens import keyed

WITHIN = timedelta(minutes=15)
MOST_BY_ACCOUNT = 10
MOST_BY_ADDRESS = 50
"""Higher: an office shares one address."""


class Guessing:
    """One attempt's keys. `what` keeps passwords and codes apart."""

    def __init__(self, request: Request, what: str, account: str) -> None:
        secret = console_of(request).secret
        self._account = keyed(secret, what, normal(account))
        self._address = keyed(secret, what, "address", address_of(request))

    async def is_too_much(self, tx: Transaction) -> bool:
        """Asked before a password is looked at, and the same for accounts that do not exist."""
        counted = await tx.throttle.failures([self._account, self._address], WITHIN)
        return counted.get(self._account, 0) >= MOST_BY_ACCOUNT or counted.get(self._address, 0) >= MOST_BY_ADDRESS

    async def note(self, tx: Transaction) -> None:
        """One more that counts: a wrong guess, or a letter asked for."""
        await tx.throttle.note([self._account, self._address])

    async def forgive(self, tx: Transaction) -> None:
        """Who got in has not been guessing."""
        await tx.throttle.forgive(self._account)


def address_of(request: Request) -> str:
    return caller(request, console_of(request).settings.console_proxies)
