"""Tells endpoints what happened. Every console does; an endpoint is one console's at a time, by a lease.

The first of a line comes first, the next one when that arrived or was given up. What a killed console had sent and not
yet written down is sent once more, under the same id.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog
from prometheus_client import Counter

from remanso.runtime.slots import Slots
from remanso.store import Store, Transaction
from remanso.store.notifications import Claim, Notification
from services.console.secrets.sealed import Sealing
from services.console.webhooks.patience import between_rounds, pause_after
from services.console.webhooks.posting import GONE, SECONDS, Answer, Poster
from services.console.webhooks.telling import body_of

LEASE = timedelta(seconds=60)
"""Longer than a round can take."""
ENDPOINTS_AT_ONCE = 10
LINES_AT_ONCE = 8
"""Of one endpoint. One that failed is tried with a single notification."""
ROUNDS = 50
"""Then it is claimed anew: with its address and secrets as they are by then."""
PURPOSE = "webhook secret"

ATTEMPTS = Counter(
    "remanso_console_webhook_attempts_total", "Attempts to tell an endpoint, by outcome.", ["client", "outcome"]
)

log = structlog.get_logger()


class Teller:
    def __init__(self, store: Store, poster: Poster, secret: str) -> None:
        self._store = store
        self._poster = poster
        self._sealing = Sealing(secret, PURPOSE)
        self._slots = Slots(ENDPOINTS_AT_ONCE)

    async def sweep(self) -> None:
        """Takes endpoints that something is to be told, as many as there is room for. Raises StoreUnavailable."""
        if not self._slots.free:
            return
        async with self._store.transaction() as tx:
            claims = await tx.notifications.claim(LEASE, self._slots.free)
        for claim in claims:
            await self._slots.start(str(claim.endpoint_id), partial(self._serve, claim))

    async def drain(self) -> None:
        """Until what is under way is written down."""
        await self._slots.drain(SECONDS)

    async def _serve(self, claim: Claim) -> None:
        """Round after round until nothing is due, or a round reached nobody."""
        failures, trouble = claim.failures, None
        for _ in range(ROUNDS):
            async with self._store.transaction() as tx:
                due = await tx.notifications.next(claim, LEASE, 1 if failures else LINES_AT_ONCE)
            if not due:
                break
            answers = await self._round(claim, due)
            trouble = None if any(each.arrived for each in answers) else answers[0].trouble
            failures = failures + 1 if trouble else 0
            if trouble:
                break
        async with self._store.transaction() as tx:
            await tx.notifications.release(claim, failures=failures, trouble=trouble, pause=between_rounds(failures))

    async def _round(self, claim: Claim, due: Sequence[Notification]) -> list[Answer]:
        return list(await asyncio.gather(*(self._tell(claim, each) for each in due)))

    async def _tell(self, claim: Claim, notification: Notification) -> Answer:
        """Raises LeaseLost where somebody else tells it by now."""
        async with self._store.transaction() as tx:
            body = await body_of(tx, notification)
        name, content = message_id(notification), body.model_dump(mode="json")
        answer = await self._poster.post(claim.url, name, content, self._secrets(claim))
        ATTEMPTS.labels(notification.client, "delivered" if answer.arrived else "failed").inc()
        async with self._store.transaction() as tx:
            await tx.notifications.note(
                claim, notification, status=answer.status, trouble=answer.trouble, seconds=answer.seconds
            )
            await self._conclude(tx, claim, notification, answer)
        return answer

    async def _conclude(self, tx: Transaction, claim: Claim, notification: Notification, answer: Answer) -> None:
        """Arrived; or later again; or given up, and with it an endpoint at which nothing arrived in all that time."""
        if answer.arrived:
            await tx.notifications.settle(notification, "delivered")
            return
        pause = pause_after(notification.attempts + 1)
        dead = pause is None and await tx.notifications.silent_since(claim, notification.created_at)
        if pause is None and not dead:
            await tx.notifications.settle(notification, "failed")
            return
        await tx.notifications.postpone(claim, notification, pause or timedelta())
        if dead or answer.status == GONE:
            await tx.notifications.disable(claim, answer.trouble or "")
            log.warning("webhooks.disabled", client=notification.client, endpoint=str(claim.endpoint_id))

    def _secrets(self, claim: Claim) -> list[str]:
        """The new one first; none of those that were sealed under another console's secret."""
        sealed = (claim.secret, claim.previous_secret)
        return [plain for each in sealed if (plain := self._sealing.open(claim.endpoint_id, each))]


def message_id(notification: Notification) -> str:
    """The `webhook-id`: the same however often it is told."""
    return f"msg_{notification.id.hex}"
