"""Deliveries: the queue of what a conversation is to be sent, in order, and what became of each part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso import tracing
from remanso.model.delivery import DeliveryKind, DeliveryState
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
