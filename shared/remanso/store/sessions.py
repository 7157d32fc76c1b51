"""Log-ins that are open. The browser holds a random token; here is only its hash, with user and expiry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, many, one


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


_COLUMNS = "id, user_id, stage, device, created_at, seen_at, expires_at"


class Sessions(Repository):
    async def begin(self, user_id: UUID, token_hash: str, stage: str, device: str, lasts: timedelta) -> None:
        """Opens one, and forgets those that ran out."""
        await self._run("DELETE FROM console_sessions WHERE user_id = :user AND expires_at <= now()", user=user_id)
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
        """The open one with this token; that it was seen is noted once a minute."""
        session = one(
            Session,
            await self._run(
                f"SELECT {_COLUMNS} FROM console_sessions WHERE token_hash = :hash AND expires_at > now()",  # noqa: S608
                hash=token_hash,
            ),
        )
        if session:
            await self._run(
                "UPDATE console_sessions SET seen_at = now() WHERE id = :id AND seen_at < now() - interval '1 minute'",
                id=session.id,
            )
        return session

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
