"""Receipts come in: what Meta says became of what we sent. They settle unknown outcomes and move states upward only."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from prometheus_client import Counter

from remanso.bus import Publisher, Received
from remanso.events import ConversationChanged, Envelope, ReceiptReceived, carried, wrap
from remanso.model.delivery import RECEIPTS as RECEIPT_STATES
from remanso.store import Store
from remanso.store.receipts import Receipt

RECEIPTS = Counter("remanso_sender_receipts_total", "Receipts by status and error code.", ["client", "status", "code"])


class Receipts:
    """The handler of `sender.receipt-received`."""

    def __init__(self, store: Store, publisher: Publisher, drain: Callable[[UUID], Awaitable[None]]) -> None:
        self._store = store
        self._publisher = publisher
        self._drain = drain

    async def handle(self, batch: Sequence[Received]) -> None:
        """Records a batch in one transaction. Raises StoreUnavailable; then all of it comes again."""
        receipts = {received.envelope.id: received.envelope for received in batch}
        moved: dict[UUID, str] = {}
        async with self._store.transaction() as tx:
            # One fixed order of rows, so that two batches cannot wait for each other in a circle.
            # By wamid, which every receipt has; our own id may be missing in some of them.
            for receipt in sorted(map(_receipt, receipts.values()), key=lambda receipt: (receipt.wamid, receipt.id)):
                conversation_id = await tx.receipts.record(receipt)
                if conversation_id is not None:
                    moved[conversation_id] = receipts[receipt.id].client
        for envelope in receipts.values():
            _count(envelope)
        for conversation_id, client in moved.items():
            await self._publisher.hint(
                wrap(ConversationChanged(conversation_id=conversation_id, what="receipt"), client)
            )
            await self._drain(conversation_id)


def _count(envelope: Envelope) -> None:
    """Only statuses that Meta documents for messages: a label must not grow with what anybody may send."""
    receipt = _receipt(envelope)
    status = receipt.status if receipt.status in RECEIPT_STATES else "other"
    RECEIPTS.labels(envelope.client, status, receipt.code or "").inc()


def _receipt(envelope: Envelope) -> Receipt:
    payload = carried(envelope, ReceiptReceived)
    return Receipt(
        id=envelope.id,
        callback=payload.callback,
        channel=payload.channel,
        wamid=payload.wamid,
        status=payload.status,
        code=payload.code,
        at=payload.at,
        raw=payload.raw,
    )
