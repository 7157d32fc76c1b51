"""Keys of the API: programs that act for one client. Only the hash of a key's token is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, many, one
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class ApiKey:
    """`prefix` is how its token begins, to recognise it by."""

    id: UUID
    client: str
    name: str
    prefix: str
    scopes: list[str]
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    expired: bool

    @property
    def counts(self) -> bool:
        return not self.expired and self.revoked_at is None


@dataclass(frozen=True)
class Use(ApiKey):
    """One use of a key; `ahead`: by how many seconds it is ahead of its even pace."""

    ahead: float


_COLUMNS = """k.id, k.client, k.name, k.prefix, k.scopes, k.made_by, k.created_at, k.expires_at, k.revoked_at,
    k.last_used_at, coalesce(k.expires_at <= now(), false) AS expired"""


class ApiKeys(Repository):
    """Before anybody knows whose key it is."""

    async def use(self, token_hash: str, *, gap: timedelta, room: timedelta) -> Use | None:
        """The key of this token, its use noted. It takes `gap` of its time unless it is ahead by more than `room`."""
        return one(
            Use,
            await self._run(
                f"""
                UPDATE api_keys k SET last_used_at = now(), pace_next_at = CASE
                    WHEN found.ahead <= extract(epoch FROM CAST(:room AS interval))
                    THEN greatest(k.pace_next_at, now()) + CAST(:gap AS interval) ELSE k.pace_next_at END
                FROM (SELECT id, extract(epoch FROM greatest(pace_next_at, now()) - now())::float8 AS ahead
                      FROM api_keys WHERE token_hash = :hash FOR UPDATE) found
                WHERE k.id = found.id RETURNING {_COLUMNS}, found.ahead
                """,  # noqa: S608
                hash=token_hash,
                gap=gap,
                room=room,
            ),
        )


class KeyRing(Scoped):
    """The keys of a client as its administrators see them."""

    async def of_client(self, client: str) -> list[ApiKey]:
        """Those that count first, then by age."""
        return many(
            ApiKey,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM api_keys k WHERE k.client = :client AND {self._mine("k.client")}
                ORDER BY k.revoked_at IS NOT NULL OR coalesce(k.expires_at <= now(), false), k.created_at, k.id
                """,  # noqa: S608
                client=client,
            ),
        )

    async def add(
        self,
        client: str,
        name: str,
        *,
        prefix: str,
        token_hash: str,
        scopes: Collection[str],
        made_by: str,
        lasts: timedelta | None,
    ) -> UUID:
        key_id = uuid7()
        await self._run(
            f"""
            INSERT INTO api_keys (id, client, name, prefix, token_hash, scopes, made_by, expires_at)
            SELECT :id, own.client, :name, :prefix, :hash, CAST(:scopes AS text[]), :made_by,
                now() + CAST(:lasts AS interval)
            FROM (VALUES (CAST(:client AS text))) own(client) WHERE {self._mine("own.client")}
            """,  # noqa: S608
            id=key_id,
            client=client,
            name=name,
            prefix=prefix,
            hash=token_hash,
            scopes=sorted(scopes),
            made_by=made_by,
            lasts=lasts,
        )
        return key_id

    async def revoke(self, client: str, key_id: UUID) -> bool:
        """From now on it opens nothing. False: there is none, or it was revoked before."""
        gone = await self._run(
            f"""
            UPDATE api_keys SET revoked_at = now()
            WHERE id = :id AND client = :client AND revoked_at IS NULL AND {self._mine("client")}
            """,  # noqa: S608
            id=key_id,
            client=client,
        )
        return gone.rowcount == 1
