"""Taking a one-time code, or a recovery code in its place."""

from remanso.store import Transaction
from remanso.store.users import User
from services.console.console import Console
from services.console.secrets.tokens import keyed


async def take_code(console: Console, tx: Transaction, user: User, code: str) -> bool:
    """Whether `code` is good, which it is only once."""
    counter = console.second_factors.counter(user.id, user.totp_secret, code)
    if counter is not None:
        return await tx.users.use_totp(user.id, counter)
    return await tx.users.use_recovery_code(user.id, recovery_hash(console, user, code))


def recovery_hash(console: Console, user: User, code: str) -> str:
    return keyed(console.secret, "recovery", str(user.id), code.strip().lower())
