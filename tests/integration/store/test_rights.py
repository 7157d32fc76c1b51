"""The services' roles at a real PostgreSQL: what is not theirs is refused, whoever's code asks."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from fleet.local.postgres import PostgresServer
from remanso.errors import ConfigurationError
from remanso.store import Store, tables
from remanso.store.granting import grant
from remanso.store.rights import RIGHTS
from tests.support.infrastructure import database

PASSWORDS = {service: f"secret of {service}!" for service in RIGHTS}

REFUSED = {
    "agent": (
        "SELECT password_hash FROM users",
        "SELECT token_hash FROM console_sessions",
        "SELECT * FROM notes",
        "SELECT * FROM audit",
        "INSERT INTO inbox (conversation_id, client, last_at, last_message_id) VALUES (:id, 'x', now(), :id)",
        "UPDATE deliveries SET payload = '{}'",
        "UPDATE messages SET content = '{}'",
        "UPDATE credit_entries SET amount = 0",
        "DELETE FROM conversations",
        "UPDATE contacts SET merged_into = NULL",
    ),
    "debouncer": (
        "SELECT * FROM users",
        "SELECT text FROM notes",
        "SELECT note FROM credit_entries",
        "UPDATE credit_entries SET amount = 0",
        "SELECT * FROM collection_items",
        "UPDATE messages SET content = '{}'",
        "UPDATE deliveries SET payload = '{}'",
        "SELECT content FROM media",
    ),
    "sender": (
        "SELECT * FROM users",
        "SELECT * FROM credit_accounts",
        "SELECT * FROM credit_entries",
        "SELECT * FROM tool_calls",
        "SELECT * FROM media",
        "UPDATE messages SET content = '{}'",
        "UPDATE contacts SET name = 'x'",
        "UPDATE turns SET attempt = 9",
    ),
    "collector": (
        "SELECT * FROM users",
        "SELECT * FROM messages",
        "SELECT name FROM contacts",
        "SELECT reply_wa_id FROM conversations",
        "DELETE FROM audit",
        "SELECT mode FROM conversations",
        "UPDATE app_lines SET text = 'x'",
    ),
    "console": (
        "UPDATE turns SET attempt = 9",
        "UPDATE messages SET content = '{}'",
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "UPDATE credit_entries SET amount = 0",
        "INSERT INTO credit_reserves (turn_id) VALUES (:id)",
        "INSERT INTO tool_calls (turn_id) VALUES (:id)",
        "UPDATE users SET operator = true",
        "UPDATE users SET email = 'x'",
    ),
}
EVERYBODY = (
    "CREATE TABLE mine (id int)",
    "ALTER TABLE messages ADD COLUMN mine int",
    "DROP TABLE messages",
    "UPDATE alembic_version SET version_num = '1'",
    "TRUNCATE audit",
    "CREATE ROLE mine",
    "SET ROLE remanso",
    "COPY contacts TO PROGRAM 'true'",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1",
)


@pytest.fixture(scope="module")
async def granted(postgres: PostgresServer, migrated_template: str) -> AsyncIterator[str]:
    async with database(postgres.url, migrated_template) as url:
        await grant(url, PASSWORDS, prefix=prefix(url))
        yield url


def prefix(url: str) -> str:
    """Roles of this database alone: others of the server have their own."""
    return f"{url.rpartition('/')[2]}_"


async def as_service(url: str, service: str) -> asyncpg.Connection:
    where = url.rpartition("@")[2]
    host, name = where.split("/")
    return await asyncpg.connect(
        host=host.partition(":")[0],
        port=int(host.partition(":")[2] or 5432),
        database=name,
        user=f"{prefix(url)}{service}",
        password=PASSWORDS[service],
    )


@pytest.mark.parametrize("service", RIGHTS)
async def test_what_a_service_has_no_business_with_is_refused(granted: str, service: str) -> None:
    connection = await as_service(granted, service)
    try:
        for statement in (*REFUSED[service], *EVERYBODY):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement.replace(":id", f"'{uuid4()}'"))
    finally:
        await connection.close()


async def test_nobody_makes_the_inboxs_trigger_work_for_them(granted: str) -> None:
    """It works with its owner's rights: a table of one's own with that trigger would be a way to write anywhere."""
    connection = await as_service(granted, "agent")
    try:
        await connection.execute("CREATE TEMP TABLE mine (id uuid, conversation_id uuid, content jsonb)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="note_in_inbox"):
            await connection.execute(
                "CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION note_in_inbox()"
            )
    finally:
        await connection.close()


async def test_what_works_with_its_owners_rights_cannot_be_led_astray(granted: str) -> None:
    """Temporary tables come last where it looks for names, and no service may call it."""
    owner = await asyncpg.connect(granted.replace("+asyncpg", ""))
    try:
        strong = await owner.fetch(
            """SELECT oid::regprocedure::text AS name, proconfig, has_function_privilege($1, oid, 'EXECUTE') AS open
               FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef""",
            f"{prefix(granted)}agent",
        )
        assert len(strong) >= 9
        assert [row["name"] for row in strong if row["open"]] == []
        assert {row["name"]: row["proconfig"] for row in strong if "pg_temp" not in str(row["proconfig"])} == {}
    finally:
        await owner.close()


async def test_granting_again_takes_away_what_is_too_much(granted: str) -> None:
    owner = await asyncpg.connect(granted.replace("+asyncpg", ""))
    try:
        agent = f"{prefix(granted)}agent"
        await owner.execute(f"GRANT SELECT ON users TO {agent}; GRANT UPDATE (text) ON notes TO {agent}")
        assert await grant(granted, {}, prefix=prefix(granted)) == [f"{prefix(granted)}{service}" for service in RIGHTS]
        left = await owner.fetch(
            """SELECT table_name FROM information_schema.column_privileges
               WHERE grantee = $1 AND table_name IN ('users', 'notes')""",
            agent,
        )
        assert left == []
    finally:
        await owner.close()
    service = await as_service(granted, "agent")  # with the password that it had
    await service.close()


async def test_the_password_is_not_in_what_the_server_is_told(granted: str) -> None:
    owner = await asyncpg.connect(granted.replace("+asyncpg", ""))
    try:
        stored = await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", f"{prefix(granted)}agent")
        assert stored.startswith("SCRAM-SHA-256$4096:")
    finally:
        await owner.close()


async def test_who_may_not_make_roles_is_told_what_to_do(granted: str) -> None:
    where = granted.rpartition("@")[2]
    with pytest.raises(ConfigurationError, match="leave --grant away"):
        await grant(f"postgresql://{prefix(granted)}agent:{PASSWORDS['agent'].replace(' ', '%20')}@{where}", {})


async def test_a_service_is_ready_with_its_own_role(granted: str) -> None:
    where = granted.rpartition("@")[2]
    for service, password in PASSWORDS.items():
        async with Store.connect(
            f"postgresql://{prefix(granted)}{service}:{password.replace(' ', '%20')}@{where}"
        ) as store:
            assert await store.ping(), service


def test_somebody_has_to_do_with_every_table() -> None:
    """Whoever adds a table says in `remanso.store.rights` which services may do what with it."""
    known = {table for rights in RIGHTS.values() for table in rights}
    assert known == set(tables.metadata.tables)
