"""People who log in: who they are, how they prove it, and which clients they belong to."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, one


@dataclass(frozen=True)
class User:
    """`totp_secret` is encrypted; a second factor counts when `totp_since` is set."""

    id: UUID
    email: str
    name: str
    password_hash: str = field(repr=False)
    operator: bool
    language: str
    theme: str
    totp_secret: str | None = field(repr=False)
    totp_since: datetime | None
    totp_counter: int
    mail_handoffs: bool = True
    """Whether they want an e-mail when a conversation of theirs needs a person."""


_COLUMNS = """id, email, name, password_hash, operator, language, theme, totp_secret, totp_since, totp_counter,
    mail_handoffs"""


class Users(Repository):
    """By themselves users belong to nobody: what one may see of others goes through `Members`, which is scoped."""

    async def add(
        self, email: str, name: str, password_hash: str, *, operator: bool = False, language: str = "es"
    ) -> User | None:
        """A new user, or None when the address is taken. Addresses are the same whatever their case."""
        return one(
            User,
            await self._run(
                f"""
                INSERT INTO users (id, email, name, password_hash, operator, language)
                VALUES (:id, :email, :name, :hash, :operator, :language) ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
                """,  # noqa: S608
                id=uuid7(),
                email=normal(email),
                name=name,
                hash=password_hash,
                operator=operator,
                language=language,
            ),
        )

    async def by_email(self, email: str) -> User | None:
        return one(User, await self._run(f"SELECT {_COLUMNS} FROM users WHERE email = :e", e=normal(email)))  # noqa: S608

    async def get(self, user_id: UUID) -> User | None:
        return one(User, await self._run(f"SELECT {_COLUMNS} FROM users WHERE id = :id", id=user_id))  # noqa: S608

    async def roles(self, user_id: UUID) -> dict[str, str]:
        """{client: role} of their memberships."""
        rows = await self._run("SELECT client, role FROM memberships WHERE user_id = :id ORDER BY client", id=user_id)
        return {row.client: row.role for row in rows}

    async def join(self, user_id: UUID, client: str, role: str) -> None:
        """Makes them a member, or gives a member another role."""
        await self._run(
            """
            INSERT INTO memberships (user_id, client, role) VALUES (:id, :client, :role)
            ON CONFLICT (user_id, client) DO UPDATE SET role = excluded.role
            """,
            id=user_id,
            client=client,
            role=role,
        )

    async def set_password(self, user_id: UUID, password_hash: str) -> None:
        await self._run("UPDATE users SET password_hash = :hash WHERE id = :id", id=user_id, hash=password_hash)

    async def make_operator(self, user_id: UUID) -> None:
        await self._run("UPDATE users SET operator = true WHERE id = :id", id=user_id)

    async def set_preferences(self, user_id: UUID, *, name: str, language: str, theme: str) -> None:
        await self._run(
            "UPDATE users SET name = :name, language = :language, theme = :theme WHERE id = :id",
            id=user_id,
            name=name,
            language=language,
            theme=theme,
        )

    async def want_handoffs(self, user_id: UUID, wanted: bool) -> None:
        await self._run("UPDATE users SET mail_handoffs = :wanted WHERE id = :id", id=user_id, wanted=wanted)

    async def propose_totp(self, user_id: UUID, secret: str) -> None:
        """A secret that counts only once a code has proved that the person has it. Nothing where one counts already."""
        await self._run(
            "UPDATE users SET totp_secret = :secret WHERE id = :id AND totp_since IS NULL", id=user_id, secret=secret
        )

    async def confirm_totp(self, user_id: UUID, counter: int, code_hashes: list[str]) -> bool:
        """From now on the second factor counts. False when it did already."""
        begun = await self._run(
            """
            UPDATE users SET totp_since = now(), totp_counter = :counter
            WHERE id = :id AND totp_since IS NULL AND totp_secret IS NOT NULL
            """,
            id=user_id,
            counter=counter,
        )
        if begun.rowcount == 1:
            await self._run("DELETE FROM recovery_codes WHERE user_id = :id", id=user_id)
            await self._run(
                "INSERT INTO recovery_codes (user_id, code_hash) SELECT :id, unnest(CAST(:hashes AS text[]))",
                id=user_id,
                hashes=code_hashes,
            )
        return begun.rowcount == 1

    async def use_totp(self, user_id: UUID, counter: int) -> bool:
        """Takes the code of this counter. False when it, or a later one, was taken before: a code is good once."""
        used = await self._run(
            "UPDATE users SET totp_counter = :counter WHERE id = :id AND totp_counter < :counter",
            id=user_id,
            counter=counter,
        )
        return used.rowcount == 1

    async def use_recovery_code(self, user_id: UUID, code_hash: str) -> bool:
        used = await self._run(
            "DELETE FROM recovery_codes WHERE user_id = :id AND code_hash = :hash", id=user_id, hash=code_hash
        )
        return used.rowcount == 1

    async def drop_totp(self, user_id: UUID) -> None:
        await self._run(
            "UPDATE users SET totp_secret = NULL, totp_since = NULL, totp_counter = 0 WHERE id = :id", id=user_id
        )
        await self._run("DELETE FROM recovery_codes WHERE user_id = :id", id=user_id)


def normal(email: str) -> str:
    """An address as it is stored and compared."""
    return email.strip().lower()
