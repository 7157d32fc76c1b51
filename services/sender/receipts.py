"""Receipts come in: what Meta says became of what we sent. They settle unknown outcomes and move states upward only."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog
from prometheus_client import Counter

from remanso.bus import Publisher, Received
from remanso.channels.whatsapp.errors import classify
from remanso.channels.whatsapp.outcome import Refused
from remanso.channels.whatsapp.receipts import read_callback
from remanso.events import ConversationChanged, Envelope, ReceiptReceived, carried, wrap
from remanso.model.delivery import RECEIPTS as RECEIPT_STATES
from remanso.model.delivery import DeliveryState
from remanso.plugin.registry import Registry
from remanso.store import Store, Transaction
from remanso.store.deliveries import Delivery
from remanso.store.receipts import Receipt, Recorded
from services.sender import traced
from services.sender.aftermath import Aftermath
from services.sender.decision import can_wait
from services.sender.retry import WINDOW_CLOSED, delay

RECEIPTS = Counter("remanso_sender_receipts_total", "Receipts by status and error code.", ["client", "status", "code"])
ARRIVED = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.PLAYED})

log = structlog.get_logger()


class Receipts:
    """The handler of `sender.receipt-received`."""

    def __init__(self, store: Store, publisher: Publisher, drain: Callable[[UUID], None], registry: Registry) -> None:
        """`drain` must not wait for a slot: where Graph is so slow that all are taken, the receipts behind these are
        what keeps parts in doubt from being sent again."""
        self._store = store
        self._publisher = publisher
        self._drain = drain
        self._registry = registry
        self._aftermath = Aftermath()

    async def handle(self, batch: Sequence[Received]) -> None:
        """Records a batch in one transaction. Raises StoreUnavailable; then all of it comes again."""
        began, receipts = time.time(), {received.envelope.id: received.envelope for received in batch}
        told: list[tuple[Receipt, Recorded]] = []
        async with self._store.transaction() as tx:
            await tx.receipts.one_at_a_time([_receipt(envelope).wamid for envelope in receipts.values()])
            # One fixed order of rows, so that two batches cannot wait for each other in a circle.
            # By wamid, which every receipt has; our own id may be missing in some of them.
            for receipt in sorted(map(_receipt, receipts.values()), key=lambda receipt: (receipt.wamid, receipt.id)):
                recorded = await tx.receipts.record(receipt)
                if recorded is not None:
                    told.append((receipt, recorded))
            await self._draw_conclusions(tx, told)
        for envelope in receipts.values():
            _count(envelope)
        for receipt, recorded in told:
            traced.settled(receipt, recorded, receipts[receipt.id], began)
        for conversation_id, client in {
            recorded.delivery.conversation_id: receipts[receipt.id].client
            for receipt, recorded in told
            if recorded.moved
        }.items():
            changed = ConversationChanged(conversation_id=conversation_id, what="receipt")
            await self._publisher.hint(wrap(changed, client))
        for conversation_id in {recorded.delivery.conversation_id for _, recorded in told if recorded.frees}:
            self._drain(conversation_id)

    async def _draw_conclusions(self, tx: Transaction, told: list[tuple[Receipt, Recorded]]) -> None:
        """Many faults are told by receipts only: they slow down and park as a refusal does, and end what was probed."""
        arrived = [recorded.delivery.id for _, recorded in told if recorded.state in ARRIVED]
        for key in await tx.parkings.end_arrived(arrived) if arrived else ():
            log.info("sending.resumed", key=key, by="receipt")
        for receipt, recorded in told:
            if recorded.failed:
                await self._spare(tx, receipt.code, recorded.delivery)
            if recorded.failed and receipt.code == WINDOW_CLOSED and can_wait(recorded.delivery):
                await tx.attempts.take_back(recorded.delivery.id)

    async def _spare(self, tx: Transaction, code: int | None, delivery: Delivery) -> None:
        verdict, conversation = classify(code), await tx.conversations.get(delivery.conversation_id)
        client = self._registry.clients.get(conversation.client) if conversation else None
        if conversation is not None and client is not None:
            refusal = Refused(code, None, verdict.kind, verdict.meaning, scope=verdict.scope)
            wait = delay(refusal, max(delivery.attempts, 1))
            about = (delivery, conversation, client.config)
            await self._aftermath.of_refusal(tx, refusal, about, wait=wait, by_receipt=True)


def _count(envelope: Envelope) -> None:
    """Only statuses that Meta documents for messages: a label must not grow with what anybody may send."""
    receipt = _receipt(envelope)
    status = receipt.status if receipt.status in RECEIPT_STATES else "other"
    RECEIPTS.labels(envelope.client, status, receipt.code or "").inc()


def _receipt(envelope: Envelope) -> Receipt:
    payload = carried(envelope, ReceiptReceived)
    return Receipt(
        id=envelope.id,
        callback=read_callback(payload.callback)[0],  # an ingress that is older than traces passes on all of it
        channel=payload.channel,
        wamid=payload.wamid,
        status=payload.status,
        code=payload.code,
        at=payload.at,
        raw=payload.raw,
        reason=classify(payload.code).meaning if payload.code is not None else None,
    )
