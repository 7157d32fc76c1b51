"""Templates on their way past texts that are held back, and the one that asks a silent contact to write."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.deliveries import COLUMNS, IN_LINE, Delivery
from remanso.store.rows import Repository, many, one

# What a person took over is held, too, until it is looked at again and called off: nobody has to be asked for that.
_HELD = "d.state = 'held' AND d.payload ->> 'type' <> 'template' AND (d.kind = 'human' OR d.epoch = c.epoch)"
_WAITING = "state IN ('pending', 'held', 'sending', 'unknown')"


@dataclass(frozen=True)
class Silent:
    """A conversation with something held back, and since when its contact is silent."""

    conversation_id: UUID
    contact_id: UUID
    channel: str
    last_inbound_at: datetime


class Reopenings(Repository):
    async def first_template(self, conversation_id: UUID) -> Delivery | None:
        """The first template in line: it may go while texts before it are held. The conversation is locked."""
        return one(
            Delivery,
            await self._run(
                f"""
                SELECT {COLUMNS} FROM deliveries
                WHERE conversation_id = :id AND {_WAITING} AND {IN_LINE} AND payload ->> 'type' = 'template'
                ORDER BY position LIMIT 1 FOR UPDATE
                """,  # noqa: S608
                id=conversation_id,
            ),
        )

    async def with_work(self, clients: Collection[str], limit: int, *, untouched_for: timedelta) -> list[UUID]:
        """Conversations with texts held back and a template behind them that can move now, the send lease free."""
        result = await self._run(
            f"""
            SELECT first.conversation_id FROM (
                SELECT DISTINCT ON (conversation_id) conversation_id, state, retry_at, reconcile_at, created_at
                FROM deliveries WHERE {_WAITING} AND {IN_LINE} AND payload ->> 'type' = 'template'
                ORDER BY conversation_id, position
            ) first JOIN conversations c ON c.id = first.conversation_id
            WHERE c.client = ANY(:clients) AND (c.send_lease_until IS NULL OR c.send_lease_until <= now())
              AND 'held' = (SELECT state FROM deliveries d WHERE d.conversation_id = c.id AND {_WAITING} AND {IN_LINE}
                            ORDER BY position LIMIT 1)
              AND CASE first.state
                    WHEN 'pending' THEN coalesce(first.retry_at, first.created_at + CAST(:grace AS interval)) <= now()
                    WHEN 'unknown' THEN first.reconcile_at <= now()
                    ELSE true END
            ORDER BY first.created_at LIMIT :limit
            """,  # noqa: S608
            clients=list(clients),
            limit=limit,
            grace=untouched_for,
        )
        return list(result.scalars())

    async def silent(self, client: str, limit: int, *, window: timedelta) -> list[Silent]:
        """Conversations with something held back whose contacts were not asked to write since the window closed."""
        return many(
            Silent,
            await self._run(
                f"""
                SELECT c.id AS conversation_id, c.contact_id, c.channel, c.last_inbound_at FROM conversations c
                WHERE c.client = :client
                  AND (c.last_inbound_at <= now() - CAST(:window AS interval) OR c.shut_after = c.last_inbound_at)
                  AND EXISTS (SELECT FROM deliveries d WHERE d.conversation_id = c.id AND {_HELD})
                  AND NOT EXISTS (SELECT FROM deliveries d
                                  WHERE d.conversation_id = c.id AND d.kind = 'reopen' AND d.state <> 'cancelled'
                                    AND d.created_at >= c.last_inbound_at + CASE WHEN c.shut_after = c.last_inbound_at
                                        THEN '0' ELSE CAST(:window AS interval) END)
                ORDER BY c.last_inbound_at DESC LIMIT :limit
                """,  # noqa: S608
                client=client,
                window=window,
                limit=limit,
            ),
        )

    async def ask(self, silent: Silent, position: int, payload: Mapping[str, Any], *, epoch: int) -> bool:
        """Queues the template, the conversation locked. False when the contact was asked or has written meanwhile."""
        result = await self._run(
            """
            INSERT INTO deliveries (id, conversation_id, position, kind, epoch, payload, reopens)
            SELECT :id, c.id, :position, 'reopen', :epoch, :payload, c.last_inbound_at FROM conversations c
            WHERE c.id = :conversation AND c.last_inbound_at = :silent_since
            ON CONFLICT DO NOTHING
            """,
            json=["payload"],
            id=uuid7(),
            conversation=silent.conversation_id,
            position=position,
            epoch=epoch,
            payload=dict(payload),
            silent_since=silent.last_inbound_at,
        )
        return result.rowcount == 1

    async def anything_held(self, conversation_id: UUID) -> bool:
        """Whether texts wait for the contact to write."""
        result = await self._run(
            f"""
            SELECT EXISTS (SELECT FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
                           WHERE c.id = :id AND {_HELD})
            """,  # noqa: S608
            id=conversation_id,
        )
        return bool(result.scalar_one())

    async def refuses_marketing(self, contact_id: UUID) -> bool:
        """Whether the contact has told Meta to stop marketing messages of this business."""
        result = await self._run("SELECT marketing_stopped_at IS NOT NULL FROM contacts WHERE id = :id", id=contact_id)
        return bool(result.scalar_one_or_none())
