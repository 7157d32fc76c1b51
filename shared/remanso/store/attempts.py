"""What becomes of the one delivery of a conversation that may move: sent, taken, unknown, put off, ended."""

from datetime import datetime, timedelta
from uuid import UUID

from remanso.model.delivery import DeliveryState
from remanso.store.deliveries import COLUMNS, Delivery
from remanso.store.rows import Repository, one


class Attempts(Repository):
    async def mark_sending(self, delivery_id: UUID) -> Delivery:
        """Written down before the POST: from here on the outside may have seen it. `attempts` names this attempt."""
        marked = one(
            Delivery,
            await self._run(
                f"""
                UPDATE deliveries SET state = 'sending', attempts = attempts + 1, retry_at = NULL, reconcile_at = NULL,
                    paced_at = NULL, code = NULL, reason = NULL
                WHERE id = :id RETURNING {COLUMNS}
                """,  # noqa: S608
                id=delivery_id,
            ),
        )
        if marked is None:
            raise LookupError(f"no delivery {delivery_id}")
        return marked

    async def mark_unknown(self, delivery: Delivery, wait: timedelta, reason: str) -> None:
        """Nobody knows whether it went out. A receipt settles it; without one it is looked at again after `wait`."""
        await self._run(
            """
            UPDATE deliveries SET state = 'unknown', reconcile_at = now() + :wait, reason = :reason
            WHERE id = :id AND state = 'sending' AND attempts = :attempts
            """,
            id=delivery.id,
            attempts=delivery.attempts,
            wait=wait,
            reason=reason,
        )

    async def mark_accepted(self, delivery_id: UUID, wamid: str) -> None:
        """Meta took it. A receipt that came before this response keeps its higher state.

        So late an answer that the part is queued again already settles it all the same: it went out.
        """
        await self._run(
            """
            UPDATE deliveries SET wamid = :wamid, accepted_at = coalesce(accepted_at, now()),
                state = CASE WHEN state IN ('pending', 'held', 'sending', 'unknown') THEN 'accepted' ELSE state END,
                reason = CASE WHEN state = 'failed' THEN reason END, reconcile_at = NULL, retry_at = NULL
            WHERE id = :id
            """,
            id=delivery_id,
            wamid=wamid,
        )

    async def keep_back(self, delivery: Delivery, *, code: int | None, reason: str) -> None:
        """Meta would take it only in an open window: held, with every later part, until the contact writes."""
        await self._run(
            """
            UPDATE deliveries SET state = 'held', code = :code, reason = :reason
            WHERE id = :id AND state = 'sending' AND attempts = :attempts
            """,
            id=delivery.id,
            attempts=delivery.attempts,
            code=code,
            reason=reason,
        )

    async def take_back(self, delivery_id: UUID) -> None:
        """Meta took it and then found the window closed: held again, at its old place, if it has failed for that."""
        await self._run(
            """
            UPDATE conversations c SET shut_after = c.last_inbound_at FROM deliveries d
            WHERE d.id = :id AND c.id = d.conversation_id AND c.last_inbound_at <= d.accepted_at
            """,
            id=delivery_id,
        )
        await self._run(
            "UPDATE deliveries SET state = 'held', settled_at = NULL WHERE id = :id AND state = 'failed'",
            id=delivery_id,
        )

    async def postpone(self, delivery: Delivery, delay: timedelta, *, code: int | None, reason: str) -> None:
        """Certainly not sent; tried again after `delay`."""
        await self._run(
            """
            UPDATE deliveries SET state = 'pending', retry_at = now() + :delay, code = :code, reason = :reason
            WHERE id = :id AND state = 'sending' AND attempts = :attempts
            """,
            id=delivery.id,
            attempts=delivery.attempts,
            delay=delay,
            code=code,
            reason=reason,
        )

    async def pace(self, head: Delivery, wait: timedelta) -> None:
        """As it was, marked or not in this transaction; it waits for nothing but pace."""
        await self._run(
            """
            UPDATE deliveries SET state = 'pending', attempts = :attempts, code = :code, reason = :reason,
                retry_at = clock_timestamp() + CAST(:wait AS interval),
                paced_at = coalesce(CAST(:paced_at AS timestamptz), now())
            WHERE id = :id
            """,
            id=head.id,
            attempts=head.attempts,
            code=head.code,
            reason=head.reason,
            paced_at=head.paced_at,
            wait=wait,
        )

    async def wait_until(self, delivery_id: UUID, moment: datetime) -> None:
        """Not tried before then."""
        await self._run("UPDATE deliveries SET retry_at = :moment WHERE id = :id", id=delivery_id, moment=moment)

    async def send_again(self, delivery_id: UUID) -> None:
        """No receipt came within the limit: back to the queue, and counted."""
        await self._run(
            """
            UPDATE deliveries SET state = 'pending', resends = resends + 1, reconcile_at = NULL
            WHERE id = :id AND state = 'unknown'
            """,
            id=delivery_id,
        )

    async def release(self, delivery_id: UUID) -> None:
        """A held delivery may go: the window is open again."""
        await self._run("UPDATE deliveries SET state = 'pending' WHERE id = :id AND state = 'held'", id=delivery_id)

    async def hold(self, delivery_id: UUID, reason: str) -> None:
        """Kept back and shown, with every later part, until the contact writes."""
        await self._run(
            "UPDATE deliveries SET state = 'held', reason = :reason WHERE id = :id AND state = 'pending'",
            id=delivery_id,
            reason=reason,
        )

    async def settle(self, delivery: Delivery, state: DeliveryState, *, code: int | None = None, reason: str) -> None:
        """Ends it unsent: failed for good, or cancelled. Nothing happens when it has moved on since it was read."""
        await self._run(
            """
            UPDATE deliveries SET state = :state, settled_at = now(), code = :code, reason = :reason
            WHERE id = :id AND attempts = :attempts AND state IN ('pending', 'held', 'sending', 'unknown')
            """,
            id=delivery.id,
            attempts=delivery.attempts,
            state=state,
            code=code,
            reason=reason,
        )
