"""Who did what to which row, and when. Never with what words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from remanso.store.rows import Repository, many
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Deed:
    """`subject` names the row: `conversation:<id>`, `user:<id>`, `course:<key>`."""

    id: int
    client: str | None
    who: str
    action: str
    subject: str | None
    at: datetime
    reason: str | None = None


class Audit(Repository):
    async def note(
        self,
        who: str,
        action: str,
        *,
        user_id: UUID | None = None,
        client: str | None = None,
        subject: str | None = None,
        reason: str | None = None,
    ) -> None:
        """`who` is the person's name as it is now; `action` a word pair such as `member.invited`."""
        await self._run(
            """
            INSERT INTO audit (client, user_id, who, action, subject, reason)
            VALUES (:client, :user, :who, :action, :subject, :reason)
            """,
            client=client,
            user=user_id,
            who=who,
            action=action,
            subject=subject,
            reason=reason,
        )


LOOKED_THROUGH = 50_000
"""Deeds among which those with a reason are looked for: a walk along the primary key, whoever did what."""


class Deeds(Scoped):
    """The audit log as a person may read it: of their clients."""

    async def latest(self, client: str, limit: int = 50, before: int | None = None) -> list[Deed]:
        """Newest first; `before` is the id of the last one already seen."""
        return many(
            Deed,
            await self._run(
                f"""
                SELECT id, client, who, action, subject, at, reason FROM audit
                WHERE client = :client AND {self._mine("client")}
                  AND (CAST(:before AS bigint) IS NULL OR id < :before)
                ORDER BY id DESC LIMIT :limit
                """,  # noqa: S608
                client=client,
                before=before,
                limit=limit,
            ),
        )

    async def with_reasons(self, limit: int) -> list[Deed]:
        """Those that ask for a reason, newest first; of no client, such as a dead letter's, for operators alone."""
        return many(
            Deed,
            await self._run(
                f"""
                SELECT id, client, who, action, subject, at, reason FROM audit
                WHERE reason IS NOT NULL AND {self._mine("coalesce(client, '')")}
                  AND id > (SELECT max(id) FROM audit) - :most
                ORDER BY id DESC LIMIT :limit
                """,  # noqa: S608
                most=LOOKED_THROUGH,
                limit=limit,
            ),
        )
