"""The send lease of a conversation: who may send in it, and for how long."""

from datetime import timedelta
from uuid import UUID

from remanso.errors import LeaseLost
from remanso.store.conversations import COLUMNS, Conversation
from remanso.store.rows import Repository, one


class SendLeases(Repository):
    async def claim(self, conversation_id: UUID, ttl: timedelta) -> int | None:
        """The send lease: a fencing token, or None when somebody holds it.

        A row that is merely locked (a message of the contact is being stored) is waited for, as by every transaction:
        gone away from, the wake-up would be lost although nobody sends.
        """
        result = await self._run(
            """
            UPDATE conversations SET send_token = send_token + 1, send_lease_until = now() + :ttl
            WHERE id = :id AND (send_lease_until IS NULL OR send_lease_until <= now())
            RETURNING send_token
            """,
            id=conversation_id,
            ttl=ttl,
        )
        return result.scalar_one_or_none()

    async def hold(self, conversation_id: UUID, token: int, ttl: timedelta) -> Conversation:
        """Locks the conversation under the send lease and renews it. Raises LeaseLost when the token is an old one."""
        held = one(
            Conversation,
            await self._run(
                f"""
                UPDATE conversations SET send_lease_until = now() + :ttl
                WHERE id = :id AND send_token = :token RETURNING {COLUMNS}
                """,  # noqa: S608
                id=conversation_id,
                token=token,
                ttl=ttl,
            ),
        )
        if held is None:
            raise LeaseLost(f"send lease {token} of conversation {conversation_id}")
        return held

    async def release(self, conversation_id: UUID, token: int) -> None:
        """Gives the send lease back, if it is still ours."""
        await self._run(
            "UPDATE conversations SET send_lease_until = NULL WHERE id = :id AND send_token = :token",
            id=conversation_id,
            token=token,
        )
