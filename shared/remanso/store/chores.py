"""Chores: what is done now and then for all processes, by the one that holds the lease."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from remanso.store.rows import Repository, many


@dataclass(frozen=True)
class Chore:
    """`late`: due for longer than a lease can last, and nobody is at it."""

    name: str
    done_at: datetime | None
    due_at: datetime
    trouble: str | None
    late: bool


LATE = timedelta(minutes=10)


class Chores(Repository):
    async def all(self) -> list[Chore]:
        """By name."""
        return many(
            Chore,
            await self._run(
                """
                SELECT name, done_at, due_at, trouble,
                    due_at < now() - CAST(:late AS interval) AND coalesce(lease_until < now(), true) AS late
                FROM chores ORDER BY name
                """,
                late=LATE,
            ),
        )

    async def claim(self, name: str, ttl: timedelta) -> int | None:
        """A fencing token when the chore is due and nobody is at it, else None. A new chore is due at once."""
        await self._run("INSERT INTO chores (name) VALUES (:name) ON CONFLICT DO NOTHING", name=name)
        result = await self._run(
            """
            UPDATE chores SET token = token + 1, lease_until = now() + :ttl
            WHERE name = (SELECT name FROM chores
                          WHERE name = :name AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
                          FOR UPDATE SKIP LOCKED)
            RETURNING token
            """,
            name=name,
            ttl=ttl,
        )
        return result.scalar_one_or_none()

    async def finish(self, name: str, token: int, again_in: timedelta, trouble: str | None = None) -> bool:
        """Gives the chore back, due again later; `trouble` is why it failed. False: the lease was lost."""
        result = await self._run(
            """
            UPDATE chores SET lease_until = NULL, due_at = now() + :again, trouble = :trouble,
                done_at = CASE WHEN CAST(:trouble AS text) IS NULL THEN now() ELSE done_at END
            WHERE name = :name AND token = :token
            """,
            name=name,
            token=token,
            again=again_in,
            trouble=trouble,
        )
        return result.rowcount == 1

    async def want(self, name: str, unless_done_within: timedelta) -> None:
        """Makes a chore due now, unless it was done a moment ago."""
        await self._run(
            """
            UPDATE chores SET due_at = now()
            WHERE name = :name AND due_at > now() AND (done_at IS NULL OR done_at < now() - CAST(:fresh AS interval))
            """,
            name=name,
            fresh=unless_done_within,
        )
