"""Invitations and password resets: a link that is good once, until it expires. Only the hash of its token is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, one


@dataclass(frozen=True)
class Link:
    """`kind` is `invitation` (to `client` as `role`; no client means operator) or `reset` (of `user_id`'s password)."""

    id: UUID
    kind: str
    user_id: UUID | None
    email: str
    client: str | None
    role: str | None
    made_by: str
    expires_at: datetime


_COLUMNS = "id, kind, user_id, email, client, role, made_by, expires_at"


class Links(Repository):
    async def invite(
        self, token_hash: str, *, email: str, client: str, role: str, made_by: str, lasts: timedelta
    ) -> None:
        """An invitation. An older one of the same address to the same client is void from now on."""
        await self._run(
            "UPDATE account_links SET used_at = now() WHERE kind = 'invitation' AND email = :email AND client = :c",
            email=email,
            c=client,
        )
        await self._run(
            """
            INSERT INTO account_links (id, token_hash, kind, email, client, role, made_by, expires_at)
            VALUES (:id, :hash, 'invitation', :email, :client, :role, :made_by, now() + :lasts)
            """,
            id=uuid7(),
            hash=token_hash,
            email=email,
            client=client,
            role=role,
            made_by=made_by,
            lasts=lasts,
        )

    async def reset(self, token_hash: str, user_id: UUID, email: str, *, made_by: str, lasts: timedelta) -> None:
        """A password reset. An older one of the same user is void from now on."""
        await self._run("UPDATE account_links SET used_at = now() WHERE kind = 'reset' AND user_id = :u", u=user_id)
        await self._run(
            """
            INSERT INTO account_links (id, token_hash, kind, user_id, email, made_by, expires_at)
            VALUES (:id, :hash, 'reset', :user, :email, :made_by, now() + :lasts)
            """,
            id=uuid7(),
            hash=token_hash,
            user=user_id,
            email=email,
            made_by=made_by,
            lasts=lasts,
        )

    async def find(self, token_hash: str) -> Link | None:
        """The link with this token, if it is still good."""
        return one(Link, await self._run(f"SELECT {_COLUMNS} FROM account_links WHERE {_GOOD}", hash=token_hash))  # noqa: S608

    async def use(self, token_hash: str) -> Link | None:
        """Takes the link; of two who try at once, one gets None."""
        return one(
            Link,
            await self._run(
                f"UPDATE account_links SET used_at = now() WHERE {_GOOD} RETURNING {_COLUMNS}",  # noqa: S608
                hash=token_hash,
            ),
        )

    async def forget(self, after: timedelta, limit: int) -> int:
        """Those whose time ended so long ago, used or not; at most so many. Gives how many."""
        gone = await self._run(
            """
            DELETE FROM account_links WHERE id IN (
                SELECT id FROM account_links WHERE expires_at < now() - CAST(:after AS interval) LIMIT :limit)
            """,
            after=after,
            limit=limit,
        )
        return int(gone.rowcount)


_GOOD = "token_hash = :hash AND used_at IS NULL AND expires_at > now()"
