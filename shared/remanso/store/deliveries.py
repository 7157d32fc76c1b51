"""Deliveries: the queue of what a conversation is to be sent, in order, and what became of each part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso import tracing
from remanso.model.delivery import DeliveryKind
from remanso.store.rows import Repository, many, one


@dataclass(frozen=True)
class Delivery:
    id: UUID
    conversation_id: UUID
    position: int
    kind: str
    epoch: int
    turn_id: UUID | None
    payload: dict[str, Any]
    state: str
    attempts: int
    resends: int
    """How often it was queued again because nobody could tell whether it had gone out."""
    retry_at: datetime | None
    reconcile_at: datetime | None
    wamid: str | None
    code: int | None
    reason: str | None
    paced_at: datetime | None = None
    """Since when it waits for nothing but pace."""
    traceparent: str | None = None


@dataclass(frozen=True)
class Journey:
    """From a contact's first message to the answer, in seconds by PostgreSQL's clock.

    `window`: from the first message of the burst to its sealing; `agent`: until the answer was written down; `send`:
    until Meta took its first part.
    """

    window: float
    agent: float
    send: float


COLUMNS = """id, conversation_id, position, kind, epoch, turn_id, payload, state, attempts, resends, retry_at,
    reconcile_at, wamid, code, reason, paced_at, traceparent"""

IN_LINE = "NOT (state = 'held' AND payload ->> 'type' = 'template')"


class Deliveries(Repository):
    async def add(
        self,
        conversation_id: UUID,
        first_position: int,
        payloads: Sequence[Mapping[str, Any]],
        *,
        kind: DeliveryKind,
        epoch: int,
        turn_id: UUID | None = None,
        message_id: UUID | None = None,
    ) -> list[UUID]:
        """Queues parts behind everything queued before; positions come from `take_delivery_positions`.

        They go on with their turn's trace, else with the one in which they are queued.
        """
        ids, trace = [uuid7() for _ in payloads], tracing.current()
        await self._run_many(
            """
            INSERT INTO deliveries (id, conversation_id, position, kind, epoch, turn_id, message_id, payload,
                                    traceparent)
            VALUES (:id, :conversation, :position, :kind, :epoch, :turn, :message, :payload,
                    coalesce((SELECT traceparent FROM turns WHERE id = :turn), :trace))
            """,
            [
                {
                    "id": ids[place],
                    "conversation": conversation_id,
                    "position": first_position + place,
                    "kind": kind,
                    "epoch": epoch,
                    "turn": turn_id,
                    "message": message_id,
                    "payload": dict(payload),
                    "trace": trace,
                }
                for place, payload in enumerate(payloads)
            ],
            json=["payload"],
        )
        return ids

    async def add_fallback(
        self,
        conversation_id: UUID,
        position: int,
        payload: Mapping[str, Any],
        *,
        epoch: int,
        turn_id: UUID,
        outage_id: UUID,
    ) -> bool:
        """Queues the client's fallback text. False when this turn, or this outage here, has had one already."""
        result = await self._run(
            """
            INSERT INTO deliveries (id, conversation_id, position, kind, epoch, turn_id, outage_id, payload,
                                    traceparent)
            VALUES (:id, :conversation, :position, 'fallback', :epoch, :turn, :outage, :payload,
                    (SELECT traceparent FROM turns WHERE id = :turn))
            ON CONFLICT DO NOTHING
            """,
            json=["payload"],
            id=uuid7(),
            conversation=conversation_id,
            position=position,
            epoch=epoch,
            turn=turn_id,
            outage=outage_id,
            payload=dict(payload),
        )
        return result.rowcount == 1

    async def head(self, conversation_id: UUID) -> Delivery | None:
        """The first unsettled delivery: the only one that may move. Its conversation is locked by the caller.

        A template that waits for Meta's approval lets the others pass (docs/decisions/0018).
        """
        return one(
            Delivery,
            await self._run(
                f"""
                SELECT {COLUMNS} FROM deliveries
                WHERE conversation_id = :id AND state IN ('pending', 'held', 'sending', 'unknown') AND {IN_LINE}
                ORDER BY position LIMIT 1 FOR UPDATE
                """,  # noqa: S608
                id=conversation_id,
            ),
        )

    async def journey(self, delivery_id: UUID) -> Journey | None:
        """How long the first part of an answer took, as it is accepted; None for every other part."""
        return one(
            Journey,
            await self._run(
                """
                SELECT CAST(extract(epoch FROM t.sealed_at - first.stored_at) AS float) AS window,
                    CAST(extract(epoch FROM d.created_at - t.sealed_at) AS float) AS agent,
                    CAST(extract(epoch FROM d.accepted_at - d.created_at) AS float) AS send
                FROM deliveries d JOIN turns t ON t.id = d.turn_id
                    CROSS JOIN LATERAL (SELECT min(m.created_at) AS stored_at FROM messages m
                                        WHERE m.turn_id = t.id AND m.author = 'contact') first
                WHERE d.id = :id AND d.kind = 'answer' AND first.stored_at IS NOT NULL AND NOT EXISTS (
                    SELECT FROM deliveries o
                    WHERE o.turn_id = d.turn_id AND o.kind = 'answer' AND o.accepted_at IS NOT NULL AND o.id <> d.id)
                """,
                id=delivery_id,
            ),
        )

    async def cancel_waiting(self, conversation_ids: Collection[UUID], kind: DeliveryKind, reason: str) -> list[UUID]:
        """Ends what of this kind is not on its way yet in these locked conversations; gives theirs, one for each."""
        result = await self._run(
            """
            UPDATE deliveries SET state = 'cancelled', settled_at = now(), reason = :reason
            WHERE conversation_id = ANY(:ids) AND kind = :kind AND state IN ('pending', 'held')
            RETURNING conversation_id
            """,
            ids=list(conversation_ids),
            kind=kind,
            reason=reason,
        )
        return list(result.scalars())

    async def cancel_bots(self, conversation_id: UUID, reason: str) -> None:
        """Ends whatever of the bot's is not on its way yet in a locked conversation: a person took over."""
        await self._run(
            """
            UPDATE deliveries SET state = 'cancelled', settled_at = now(), reason = :reason
            WHERE conversation_id = :id AND kind <> 'human' AND state IN ('pending', 'held')
            """,
            id=conversation_id,
            reason=reason,
        )

    async def add_sent_elsewhere(
        self,
        conversation_id: UUID,
        position: int,
        payload: Mapping[str, Any],
        *,
        epoch: int,
        message_id: UUID,
        wamid: str,
    ) -> None:
        """A message that went out by a person's phone: nothing is to be sent, but receipts will tell of it."""
        await self._run(
            """
            INSERT INTO deliveries (id, conversation_id, position, kind, epoch, message_id, payload, state, wamid,
                                    accepted_at)
            VALUES (:id, :conversation, :position, 'human', :epoch, :message, :payload, 'accepted', :wamid, now())
            """,
            json=["payload"],
            id=uuid7(),
            conversation=conversation_id,
            position=position,
            epoch=epoch,
            message=message_id,
            payload=dict(payload),
            wamid=wamid,
        )

    async def with_work(
        self, clients: Collection[str], limit: int, *, untouched_for: timedelta, window: timedelta
    ) -> list[UUID]:
        """Conversations of `clients` whose first unsettled delivery can move now and whose send lease is free.

        What nobody here can send would otherwise come first for ever, being the oldest, and keep the rest waiting. Nor
        are those of parked numbers found: only a probe may go there.
        """
        result = await self._run(
            f"""
            SELECT head.conversation_id FROM (
                SELECT DISTINCT ON (conversation_id) conversation_id, state, retry_at, reconcile_at, created_at
                FROM deliveries WHERE state IN ('pending', 'held', 'sending', 'unknown') AND {IN_LINE}
                ORDER BY conversation_id, position
            ) head JOIN conversations c ON c.id = head.conversation_id
            WHERE c.client = ANY(:clients) AND (c.send_lease_until IS NULL OR c.send_lease_until <= now())
              AND CASE head.state
                    WHEN 'pending' THEN coalesce(head.retry_at, head.created_at + CAST(:grace AS interval)) <= now()
                    WHEN 'unknown' THEN head.reconcile_at <= now()
                    WHEN 'held' THEN c.last_inbound_at > now() - CAST(:window AS interval)
                        AND c.shut_after IS DISTINCT FROM c.last_inbound_at
                    ELSE true END
              AND (head.state <> 'pending' OR NOT EXISTS (
                    SELECT FROM parkings p WHERE p.ended_at IS NULL AND c.channel = ANY(p.channels)))
            ORDER BY head.created_at LIMIT :limit
            """,  # noqa: S608
            clients=list(clients),
            limit=limit,
            grace=untouched_for,
            window=window,
        )
        return list(result.scalars())

    async def waiting_on(self, channels: Collection[str], limit: int) -> list[UUID]:
        """Conversations of these numbers whose first unsettled delivery may be tried now, the oldest first."""
        result = await self._run(
            """
            SELECT head.conversation_id FROM (
                SELECT DISTINCT ON (conversation_id) conversation_id, state, retry_at, created_at
                FROM deliveries WHERE state IN ('pending', 'held', 'sending', 'unknown')
                ORDER BY conversation_id, position
            ) head JOIN conversations c ON c.id = head.conversation_id
            WHERE c.channel = ANY(:channels) AND (c.send_lease_until IS NULL OR c.send_lease_until <= now())
              AND head.state = 'pending' AND (head.retry_at IS NULL OR head.retry_at <= now())
            ORDER BY head.created_at LIMIT :limit
            """,
            channels=list(channels),
            limit=limit,
        )
        return list(result.scalars())

    async def of_conversation(self, conversation_id: UUID) -> list[Delivery]:
        return many(
            Delivery,
            await self._run(
                f"SELECT {COLUMNS} FROM deliveries WHERE conversation_id = :id ORDER BY position",  # noqa: S608
                id=conversation_id,
            ),
        )
