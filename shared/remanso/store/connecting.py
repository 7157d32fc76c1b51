"""Our own words for PostgreSQL's troubles."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from remanso.errors import StoreUnavailable

# Beginnings of PostgreSQL's error codes that say nothing about our data: the same transaction may succeed later.
# Connection, log-in or database not to be had (08, 28, 3D), deadlock (40), no room or too many connections (53), lock
# or statement time-out and shutting down (55, 57), its disk (58), a replica before its promotion (25006), and tables
# or columns that are not there yet because the migration is late (42501, 42703, 42P01). Taken for poison instead, each
# of these would send every message of a queue to the dead letters.
_PASSING = ("08", "25006", "28", "3D", "40", "42501", "42703", "42P01", "53", "55", "57", "58")


@contextmanager
def passing_troubles() -> Iterator[None]:
    """Raises StoreUnavailable for what may go well in a moment, or under another address; the rest as it comes."""
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as problem:
        if not _passing(problem):
            raise
        raise StoreUnavailable(_say(problem)) from problem


def _passing(problem: BaseException) -> bool:
    if not isinstance(problem, DBAPIError):
        return True
    if problem.connection_invalidated or isinstance(problem, InterfaceError):
        return True
    code = getattr(problem.orig, "sqlstate", None) or ""
    return code.startswith(_PASSING)


def _say(problem: BaseException) -> str:
    """The kind of trouble and PostgreSQL's code; never the statement, whose parameters are personal data."""
    origin = getattr(problem, "orig", problem)
    if isinstance(origin, ssl.SSLCertVerificationError):
        return f"its certificate is not one we trust: {origin.verify_message}"
    code = getattr(origin, "sqlstate", None)
    return f"{type(origin).__name__}{f' ({code})' if code else ''}"
