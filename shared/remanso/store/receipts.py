"""Receipts: what Meta says became of a delivery. They only move it upward, and settle what was unknown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from remanso.model.delivery import RECEIPTS, DeliveryState, after_receipt
from remanso.store.deliveries import COLUMNS, Delivery
from remanso.store.rows import Repository, one


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


class Receipts(Repository):
    async def record(self, receipt: Receipt) -> UUID | None:
        """Stores a receipt and moves its delivery upward. Gives the conversation when a part waiting behind may go now.

        A receipt matches by our delivery id, which Meta echoes, then by wamid; it may come before the send's response.
        A receipt of something we did not send is stored without a delivery.
        """
        delivery = await self._match(receipt)
        if not await self._remember(receipt, delivery.id if delivery else None) or delivery is None:
            return None
        state = DeliveryState(delivery.state)
        if receipt.status not in RECEIPTS:
            return None
        moved = after_receipt(state, DeliveryState(receipt.status))
        if moved != state:
            await self._advance(delivery.id, moved, receipt)
        return delivery.conversation_id if state in ("unknown", "pending", "sending", "held") else None

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
                reason = CASE WHEN :state = 'failed' THEN 'receipt' ELSE NULL END,
                settled_at = CASE WHEN :state = 'failed' THEN now() ELSE settled_at END
            WHERE id = :id
            """,
            id=delivery_id,
            state=state,
            wamid=receipt.wamid,
            code=receipt.code,
        )


def _as_uuid(callback: str | None) -> UUID | None:
    try:
        return UUID(callback) if callback else None
    except ValueError:
        return None
