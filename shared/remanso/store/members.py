"""The team of a client as its people see it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from remanso.store.rows import many
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Member:
    user_id: UUID
    name: str
    email: str
    role: str
    since: datetime
    second_factor: bool
    seen_at: datetime | None


@dataclass(frozen=True)
class Invitation:
    id: UUID
    email: str
    role: str
    made_by: str
    expires_at: datetime


class Members(Scoped):
    async def of_client(self, client: str) -> list[Member]:
        return many(
            Member,
            await self._run(
                f"""
                SELECT u.id AS user_id, u.name, u.email, m.role, m.created_at AS since,
                    u.totp_since IS NOT NULL AS second_factor,
                    (SELECT max(s.seen_at) FROM console_sessions s WHERE s.user_id = u.id) AS seen_at
                FROM memberships m JOIN users u ON u.id = m.user_id
                WHERE m.client = :client AND {self._mine("m.client")} ORDER BY m.role, lower(u.name), u.id
                """,  # noqa: S608
                client=client,
            ),
        )

    async def admins(self, client: str) -> list[UUID]:
        """Locked until the end of the transaction, so that two people cannot each remove the other's last admin."""
        rows = await self._run(
            f"""
            SELECT user_id FROM memberships
            WHERE client = :client AND role = 'admin' AND {self._mine("client")} ORDER BY user_id FOR UPDATE
            """,  # noqa: S608
            client=client,
        )
        return list(rows.scalars())

    async def set_role(self, client: str, user_id: UUID, role: str) -> bool:
        """False when they are no member."""
        changed = await self._run(
            f"""
            UPDATE memberships SET role = :role
            WHERE client = :client AND user_id = :user AND {self._mine("client")}
            """,  # noqa: S608
            client=client,
            user=user_id,
            role=role,
        )
        return changed.rowcount == 1

    async def remove(self, client: str, user_id: UUID) -> bool:
        """False when they are no member."""
        gone = await self._run(
            f"DELETE FROM memberships WHERE client = :client AND user_id = :user AND {self._mine('client')}",  # noqa: S608
            client=client,
            user=user_id,
        )
        return gone.rowcount == 1

    async def invitations(self, client: str) -> list[Invitation]:
        return many(
            Invitation,
            await self._run(
                f"""
                SELECT id, email, role, made_by, expires_at FROM account_links
                WHERE kind = 'invitation' AND used_at IS NULL AND expires_at > now()
                  AND client = :client AND {self._mine("client")}
                ORDER BY created_at, id
                """,  # noqa: S608
                client=client,
            ),
        )

    async def withdraw(self, client: str, invitation_id: UUID) -> bool:
        """Makes an invitation void. False when there is none."""
        gone = await self._run(
            f"""
            UPDATE account_links SET used_at = now()
            WHERE id = :id AND kind = 'invitation' AND used_at IS NULL AND client = :client AND {self._mine("client")}
            """,  # noqa: S608
            id=invitation_id,
            client=client,
        )
        return gone.rowcount == 1
