"""PostgreSQL's roles, one for each service, brought in line with `rights`: made, given a password, granted, revoked."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from remanso.errors import ConfigurationError
from remanso.store.address import asyncpg_url, wire
from remanso.store.connecting import passing_troubles
from remanso.store.migrate import LOCK
from remanso.store.rights import RIGHTS, SEQUENCES

PREFIX = "remanso_"
_KEEP_TRIGGERS_APART = """
DO $$ DECLARE strong text; BEGIN
    FOR strong IN SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prosecdef LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', strong);
    END LOOP;
END $$
"""
"""As their migrations do; but a backup that was restored holds no rights, and so not this either."""
_REFUSED = "42501"
_ROUNDS = 4096  # PostgreSQL's own number


async def grant(database_url: str, passwords: Mapping[str, str], *, prefix: str = PREFIX) -> list[str]:
    """Gives every service's role, `prefix` and its name, exactly what `RIGHTS` says; gives the roles' names.

    `database_url` is of the tables' owner, who must be allowed to make roles unless they are there. `passwords` by
    service; a role without one keeps what it has. All of it happens in one transaction. Raises StoreUnavailable, and
    ConfigurationError where the server lets us make no roles.
    """
    engine = create_async_engine(asyncpg_url(database_url), hide_parameters=True, connect_args=wire(database_url))
    try:
        with passing_troubles(), _explained():
            async with engine.begin() as connection:
                await _grant(connection, passwords, prefix)
    finally:
        await engine.dispose()
    return [f"{prefix}{service}" for service in RIGHTS]


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ProgrammingError as refusal:
        if getattr(refusal.orig, "sqlstate", None) != _REFUSED:
            raise
        raise ConfigurationError(
            "PostgreSQL does not let us make the services' roles: the user of REMANSO_DATABASE_URL must own the tables"
            " and have CREATEROLE. Where a platform gives one role only, leave --grant away"
        ) from None


async def _grant(connection: AsyncConnection, passwords: Mapping[str, str], prefix: str) -> None:
    database = (await connection.execute(text("SELECT current_database()"))).scalar_one()
    schema = (await connection.execute(text("SELECT current_schema()"))).scalar_one()
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    known = set((await connection.execute(text("SELECT rolname FROM pg_roles"))).scalars())
    await connection.execute(text(f"REVOKE CREATE ON SCHEMA {_quoted(schema)} FROM PUBLIC"))
    await connection.exec_driver_sql(_KEEP_TRIGGERS_APART)
    for service in RIGHTS:
        role = f"{prefix}{service}"
        for statement in _role(role, role in known, passwords.get(service)):
            await connection.exec_driver_sql(statement)
        for statement in _privileges(role, service, database, schema):
            await connection.exec_driver_sql(statement)


def _role(role: str, known: bool, password: str | None) -> Iterator[str]:
    if not known:  # roles are the whole server's: for another database somebody may be making it right now
        made = f"CREATE ROLE {_quoted(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT"
        yield f"DO $$ BEGIN {made}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    if password is not None:
        yield f"ALTER ROLE {_quoted(role)} PASSWORD '{scram(password)}'"


def _privileges(role: str, service: str, database: str, schema: str) -> Iterator[str]:
    """From nothing: what an older version had granted is taken away in the same transaction."""
    name = _quoted(role)
    yield f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {name}"
    yield f"GRANT USAGE ON SCHEMA {_quoted(schema)} TO {name}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {_quoted(schema)} FROM {name}"
    yield f"GRANT SELECT ON {_quoted(schema)}.alembic_version TO {name}"  # they wait for the schema they need
    for sequence in SEQUENCES.get(service, ()):
        yield f"GRANT USAGE ON SEQUENCE {_quoted(schema)}.{_quoted(sequence)} TO {name}"
    for table, privileges in RIGHTS[service].items():
        yield f"GRANT {' '.join(privileges.split())} ON {_quoted(schema)}.{_quoted(table)} TO {name}"


def scram(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5802): the statement, and so its log, never holds the password itself.

    Raises ConfigurationError for a password that is not printable ASCII: others have more than one form.
    """
    if not (password.isascii() and password.isprintable() and password):
        raise ConfigurationError("passwords of the services' roles must be printable ASCII")
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt_, stored_, server_ = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${_ROUNDS}:{salt_}${stored_}:{server_}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
