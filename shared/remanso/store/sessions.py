"""Log-ins that are open. The browser holds a random token; here is only its hash, with user and expiry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, many, one, part, prefixed
from remanso.store.users import User


@dataclass(frozen=True)
class Session:
    """`stage` is `open`, or `second_factor` while a code is still owed. `device` is a word like "Firefox, Linux"."""

    id: UUID
    user_id: UUID
    stage: str
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class SignedIn:
    """A session, whose it is, and {client: role} of what they are."""

    session: Session
    user: User
    roles: dict[str, str]


_COLUMNS = "id, user_id, stage, device, created_at, seen_at, expires_at"


class Sessions(Repository):
    async def begin(self, user_id: UUID, token_hash: str, stage: str, device: str, lasts: timedelta) -> None:
        """Opens one."""
        await self._run(
            """
            INSERT INTO console_sessions (id, token_hash, user_id, stage, device, expires_at)
            VALUES (:id, :hash, :user, :stage, :device, now() + :lasts)
            """,
            id=uuid7(),
            hash=token_hash,
            user=user_id,
            stage=stage,
            device=device,
            lasts=lasts,
        )

    async def find(self, token_hash: str) -> Session | None:
        """The open one with this token."""
        return one(
            Session,
            await self._run(
                f"SELECT {_COLUMNS} FROM console_sessions WHERE token_hash = :hash AND expires_at > now()",  # noqa: S608
                hash=token_hash,
            ),
        )

    async def signed_in(self, token_hash: str, stage: str) -> SignedIn | None:
        """Whose the open one with this token is, where it is in that stage. In one statement: every request asks it.

        That it was seen is noted once a minute.
        """
        result = await self._run(
            f"""
            SELECT {prefixed(Session, "s")}, {prefixed(User, "u")},
                (SELECT coalesce(jsonb_object_agg(client, role), '{{}}')
                 FROM memberships WHERE user_id = u.id) AS roles,
                s.seen_at < now() - interval '1 minute' AS long_ago
            FROM console_sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_hash = :hash AND s.stage = :stage AND s.expires_at > now()
            """,  # noqa: S608
            hash=token_hash,
            stage=stage,
        )
        row = result.one_or_none()
        if row is None:
            return None
        session = part(Session, row, "s")
        if row.long_ago:
            await self._run("UPDATE console_sessions SET seen_at = now() WHERE id = :id", id=session.id)
        return SignedIn(session, part(User, row, "u"), row.roles)

    async def of_user(self, user_id: UUID) -> list[Session]:
        return many(
            Session,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM console_sessions
                WHERE user_id = :user AND expires_at > now() AND stage = 'open' ORDER BY seen_at DESC, id
                """,  # noqa: S608
                user=user_id,
            ),
        )

    async def end(self, user_id: UUID, session_id: UUID) -> bool:
        """Ends one of this user's. False when it is not theirs or not there."""
        ended = await self._run(
            "DELETE FROM console_sessions WHERE id = :id AND user_id = :user", id=session_id, user=user_id
        )
        return ended.rowcount == 1

    async def end_all(self, user_id: UUID, *, but: UUID | None = None) -> None:
        """Ends all of a user's, `but` one."""
        await self._run(
            "DELETE FROM console_sessions WHERE user_id = :user AND id IS DISTINCT FROM CAST(:but AS uuid)",
            user=user_id,
            but=but,
        )

    async def forget(self, limit: int) -> int:
        """Those that ran out, of whoever; at most so many. Gives how many."""
        gone = await self._run(
            """
            DELETE FROM console_sessions WHERE id IN (
                SELECT id FROM console_sessions WHERE expires_at <= now() LIMIT :limit)
            """,
            limit=limit,
        )
        return int(gone.rowcount)
