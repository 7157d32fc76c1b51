"""Receipts: what Meta says became of a delivery. They only move it upward, and settle what was unknown."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from remanso.model.delivery import RECEIPTS, UNSETTLED, DeliveryState, after_receipt
from remanso.store.deliveries import COLUMNS, Delivery
from remanso.store.rows import Repository, many, one


@dataclass(frozen=True)
class Receipt:
    """One status webhook. `id` is derived from it, so a repeat is the same receipt."""

    id: str
    callback: str | None
    channel: str
    wamid: str
    status: str
    code: int | None
    at: datetime
    raw: dict[str, Any]
    reason: str | None = None
    """Of a failure, in words."""


@dataclass(frozen=True)
class Recorded:
    """What a receipt that was new did to the delivery it is about."""

    delivery: Delivery
    """As it was before."""
    state: str
    """As it is now."""

    @property
    def moved(self) -> bool:
        """Whether people who look at the dialog see something else now."""
        return self.state != self.delivery.state

    @property
    def frees(self) -> bool:
        """Whether a part waiting behind it may go now."""
        return self.delivery.state in UNSETTLED and self.state not in UNSETTLED

    @property
    def failed(self) -> bool:
        return self.state == DeliveryState.FAILED != self.delivery.state


class Receipts(Repository):
    async def one_at_a_time(self, wamids: Collection[str]) -> None:
        """To be called first, before any row is locked, by whoever records receipts or adopts them.

        The response that tells a wamid, and a receipt that bears nothing else, must not pass each other unseen. All
        take these locks in one order and before their rows, so that nobody waits in a circle.
        """
        await self._run(
            """
            SELECT pg_advisory_xact_lock(hashtextextended(wamid, 0))
            FROM unnest(CAST(:wamids AS text[])) WITH ORDINALITY AS told(wamid, place) ORDER BY place
            """,
            wamids=sorted(set(wamids)),
        )

    async def record(self, receipt: Receipt) -> Recorded | None:
        """Stores a receipt and moves its delivery upward. None when it is here already, or about nothing of ours.

        A receipt matches by our delivery id, which Meta echoes, then by wamid; it may come before the send's response.
        A receipt of something we did not send is stored without a delivery; not one that bears an id of ours which is
        gone: its person was forgotten, or their messages grew too old.
        """
        delivery = await self._match(receipt)
        if delivery is None and _as_uuid(receipt.callback) is not None:
            return None
        if not await self._remember(receipt, delivery.id if delivery else None) or delivery is None:
            return None
        return Recorded(delivery, await self._move(delivery, receipt))

    async def adopt(self, delivery_id: UUID, wamid: str, explain: Callable[[int | None], str]) -> None:
        """Receipts that came before the send's response and without our id: now that its wamid is known, they count.

        `explain` gives the reason of a failure by its code.
        """
        found = await self._run(
            """
            UPDATE receipts SET delivery_id = :id WHERE wamid = :wamid AND delivery_id IS NULL
            RETURNING id, CAST(NULL AS text) AS callback, channel, wamid, status, code, at, raw
            """,
            id=delivery_id,
            wamid=wamid,
        )
        for receipt in many(Receipt, found):
            delivery = await self._match(receipt)
            if delivery is not None:
                await self._move(delivery, replace(receipt, reason=explain(receipt.code)))

    async def _move(self, delivery: Delivery, receipt: Receipt) -> str:
        state = DeliveryState(delivery.state)
        if receipt.status not in RECEIPTS:
            return state
        moved = after_receipt(state, DeliveryState(receipt.status))
        if moved == DeliveryState.SENT and state in UNSETTLED and await self._has_failed(receipt):
            return state
        if moved != state:
            await self._advance(delivery.id, moved, receipt)
        return moved

    async def _has_failed(self, receipt: Receipt) -> bool:
        """Whether this sending is known to have failed: the part waits for another one."""
        result = await self._run(
            "SELECT EXISTS (SELECT FROM receipts WHERE wamid = :wamid AND status = 'failed')", wamid=receipt.wamid
        )
        return bool(result.scalar_one())

    async def _match(self, receipt: Receipt) -> Delivery | None:
        return one(
            Delivery,
            await self._run(
                f"""
                SELECT {COLUMNS} FROM deliveries
                WHERE id = coalesce(
                    (SELECT id FROM deliveries WHERE id = CAST(:callback AS uuid)),
                    (SELECT id FROM deliveries WHERE wamid = :wamid LIMIT 1))
                FOR UPDATE
                """,  # noqa: S608
                callback=_as_uuid(receipt.callback),
                wamid=receipt.wamid,
            ),
        )

    async def _remember(self, receipt: Receipt, delivery_id: UUID | None) -> bool:
        result = await self._run(
            """
            INSERT INTO receipts (id, delivery_id, channel, wamid, status, code, at, raw)
            VALUES (:id, :delivery, :channel, :wamid, :status, :code, :at, :raw) ON CONFLICT (id) DO NOTHING
            """,
            json=["raw"],
            id=receipt.id,
            delivery=delivery_id,
            channel=receipt.channel,
            wamid=receipt.wamid,
            status=receipt.status,
            code=receipt.code,
            at=receipt.at,
            raw=receipt.raw,
        )
        return result.rowcount == 1

    async def _advance(self, delivery_id: UUID, state: DeliveryState, receipt: Receipt) -> None:
        await self._run(
            """
            UPDATE deliveries SET state = :state, wamid = :wamid, reconcile_at = NULL, retry_at = NULL,
                accepted_at = coalesce(accepted_at, now()), code = :code,
                reason = CASE WHEN :state = 'failed' THEN coalesce(:reason, 'receipt') END,
                settled_at = CASE WHEN :state = 'failed' THEN now() END
            WHERE id = :id
            """,
            id=delivery_id,
            state=state,
            wamid=receipt.wamid,
            code=receipt.code,
            reason=receipt.reason,
        )


def _as_uuid(callback: str | None) -> UUID | None:
    try:
        return UUID(callback) if callback else None
    except ValueError:
        return None
