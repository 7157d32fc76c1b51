"""One conversation's deliveries go out, in order: take the lease, decide, write down, POST, record, again.

The next part starts only after the one before is settled. Whoever does not get the lease goes away at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from remanso import tracing
from remanso.bus import Publisher
from remanso.channels.whatsapp.client import GraphClient
from remanso.channels.whatsapp.errors import RefusalKind, classify
from remanso.channels.whatsapp.outcome import Accepted, NotSent, Outcome, OutcomeUnknown, Refused
from remanso.channels.whatsapp.receipts import callback_of
from remanso.errors import BadInput, LeaseLost
from remanso.events import ConversationChanged, wrap
from remanso.model.delivery import DeliveryState
from remanso.model.outgoing import read_outgoing
from remanso.model.turn import TurnState
from remanso.plugin.registry import Client, Registry
from remanso.store import Store, Transaction
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from services.sender import decision as decided
from services.sender import traced
from services.sender.aftermath import Aftermath
from services.sender.answered import observe_answer
from services.sender.decision import can_wait, decide
from services.sender.files import Files
from services.sender.gate import Gate, Later
from services.sender.retry import WINDOW_CLOSED, delay, gives_up
from services.sender.settings import SenderSettings
from services.sender.templates import circumstances, decide_template, is_template, learn_from
from services.sender.turnstile import Turnstile

ATTEMPTS = Counter(
    "remanso_sender_attempts_total",
    "Attempts to send a part, by outcome: accepted, retry, permanent, operator, unknown, not_sent.",
    ["client", "kind", "outcome", "code"],
)
SECONDS = Histogram("remanso_sender_graph_seconds", "One call to Graph, by outcome.", ["outcome"])
HELD = Counter("remanso_sender_held_total", "Parts kept back: the 24-hour window is closed.", ["client"])
CANCELLED = Counter("remanso_sender_cancelled_total", "Parts not sent, by reason.", ["client", "reason"])
DOUBTS = Counter(
    "remanso_sender_doubts_total",
    "What followed for parts whose outcome nobody knew: sender_died, sent_again, given_up.",
    ["client", "step"],
)

LEASE_LOSSES = Counter("remanso_sender_lease_losses_total", "Conversations another sender took while we sent.")

log = structlog.get_logger()


@dataclass(frozen=True)
class Part:
    """A delivery written down as `sending` and all that the POST needs. The lease is ours until `until` (loop time)."""

    delivery: Delivery
    conversation: Conversation
    client: Client
    until: float


class Drain:
    """Sends what waits in one conversation. Safe to start any number of times, anywhere, at any moment."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        registry: Registry,
        graph: GraphClient,
        settings: SenderSettings,
        *,
        heard: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._registry = registry
        self._graph = graph
        self._settings = settings
        self._files = Files(store, graph)
        self._heard = heard
        self._gate = Gate(settings.sender_number_rate, Turnstile(store))
        self._aftermath = Aftermath()
        self._come_back: Callable[[UUID, timedelta], None] = lambda _conversation, _wait: None

    def when_early(self, come_back: Callable[[UUID, timedelta], None]) -> None:
        """Who is told of a conversation that has to wait for pace; else the sweeper finds it alone, a little later."""
        self._come_back = come_back

    async def run(self, conversation_id: UUID, *, probes: frozenset[UUID] = frozenset()) -> bool:
        """Drains until nothing can move; whether anything was tried. Raises StoreUnavailable; the sweeper comes back.

        `probes` are parkings that the first part, and no other, may go in spite of.
        """
        tried = False
        async with self._store.transaction() as tx:
            token = await tx.send_leases.claim(conversation_id, self._settings.lease)
        if token is None:
            return False
        with structlog.contextvars.bound_contextvars(conversation_id=str(conversation_id)):
            try:
                while part := await self._next(conversation_id, token, frozenset() if tried else probes):
                    tried = True
                    await self._send(part)
            except LeaseLost:
                LEASE_LOSSES.inc()
                log.info("send.lease_lost")
            except BaseException:
                await self._release(conversation_id, token)
                raise
        return tried

    async def _send(self, part: Part) -> None:
        """The POST and its record, as a part of the trace that the row bears."""
        with traced.sending(part.delivery, part.client.name) as span:
            outcome = await self._post(part)
            span.set({"remanso.outcome": _named(outcome), "remanso.code": getattr(outcome, "code", None)})
            await self._record(part, outcome)
        await self._announce(part.conversation)

    async def _next(self, conversation_id: UUID, token: int, probes: frozenset[UUID] = frozenset()) -> Part | None:
        """Moves the queue up to the next part to POST, in one transaction.

        With nothing to POST the lease is released in the same transaction that saw so: a delivery queued later has to
        wait for this row's lock, and the wake-up that follows it finds the lease free.
        """
        until = asyncio.get_running_loop().time() + self._settings.sender_lease_seconds
        wait: timedelta | None = None
        async with self._store.transaction() as tx:
            conversation = await tx.send_leases.hold(conversation_id, token, self._settings.lease)
            client = self._registry.clients.get(conversation.client)
            while client is not None and (head := await tx.deliveries.head(conversation_id)):
                choice = await self._decide(tx, head, conversation, client)
                if isinstance(choice, decided.Wait) and (passing := await self._passing(tx, head)):
                    head, choice = passing, await self._decide(tx, passing, conversation, client)
                if isinstance(choice, decided.Send):
                    passed = await self._gate.pass_(tx, head, conversation, client.config, probes)
                    if not isinstance(passed, Later):
                        return Part(passed, conversation, client, until)
                    wait = passed.wait
                    break
                if not await self._move(tx, head, choice, client.name):
                    break
            await tx.send_leases.release(conversation_id, token)
        if wait is not None:
            self._come_back(conversation_id, wait)
        return None

    async def _passing(self, tx: Transaction, head: Delivery) -> Delivery | None:
        """A template may pass texts that wait for the contact to write."""
        return await tx.reopenings.first_template(head.conversation_id) if head.state == DeliveryState.HELD else None

    async def _decide(
        self, tx: Transaction, head: Delivery, conversation: Conversation, client: Client
    ) -> decided.Decision:
        if is_template(head):
            around = await circumstances(tx, head, conversation, client)
            return decide_template(head, conversation, self._settings.window, around, heard=self._heard())
        turn = await tx.turns.get(head.turn_id) if head.turn_id else None
        is_open = turn is not None and turn.state == TurnState.OPEN
        return decide(head, conversation, self._settings.window, turn_is_open=is_open, heard=self._heard())

    async def _move(self, tx: Transaction, head: Delivery, choice: decided.Decision, client: str) -> bool:
        """Writes a decision other than Send; whether the queue's head is another one, or another decision, now."""
        match choice:
            case decided.Cancel(reason):
                CANCELLED.labels(client, reason).inc()
                await tx.attempts.settle(head, DeliveryState.CANCELLED, reason=reason)
            case decided.GiveUp(reason):
                DOUBTS.labels(client, "given_up").inc()
                log.error("delivery.given_up", delivery_id=str(head.id), reason=reason)
                await tx.attempts.settle(head, DeliveryState.FAILED, reason=reason)
            case decided.SendAgain():
                DOUBTS.labels(client, "sent_again").inc()
                log.warning("delivery.sent_again", delivery_id=str(head.id))
                await tx.attempts.send_again(head.id)
            case decided.Release():
                await tx.attempts.release(head.id)
            case decided.Doubt():
                DOUBTS.labels(client, "sender_died").inc()
                log.warning("delivery.unknown", delivery_id=str(head.id), reason="its sender is gone")
                await tx.attempts.mark_unknown(head, self._patience(head), "the process that sent it is gone")
                return False
            case decided.Hold(reason):
                HELD.labels(client).inc()
                await tx.attempts.hold(head.id, reason)
            case _:
                return False
        return True

    async def _post(self, part: Part) -> Outcome:
        """One call to Graph, unless this process slept so long that the lease may be somebody else's by now."""
        loop = asyncio.get_running_loop()
        recipient = part.conversation.reply_wa_id or part.conversation.reply_user_id
        if recipient is None:
            return Refused(None, None, RefusalKind.PERMANENT, "the contact has neither a number nor a user id")
        if loop.time() + self._settings.graph_timeout_seconds > part.until:
            return NotSent("held up for too long before the call")
        started = loop.time()
        outcome = await self._call(part, recipient)
        SECONDS.labels(_named(outcome)).observe(loop.time() - started)
        return outcome

    async def _call(self, part: Part, recipient: str) -> Outcome:
        channel, token = part.conversation.channel, part.client.secret("access_token")
        try:
            message = read_outgoing(part.delivery.payload)
        except BadInput as problem:
            return Refused(None, None, RefusalKind.PERMANENT, f"no message can be made of its payload: {problem}")
        seconds = part.until - asyncio.get_running_loop().time() - self._settings.graph_timeout_seconds
        ready = await self._files.ready(message, part.conversation, part.client, token, seconds)
        if isinstance(ready, (Refused, NotSent)):
            return ready
        callback = callback_of(part.delivery.id, tracing.current())
        outcome = await self._graph.send(channel, token, recipient, ready, callback)
        return await self._files.after(message, ready, channel, outcome)

    async def _record(self, part: Part, outcome: Outcome) -> None:
        """Writes what became of the POST. Guarded by the attempt: a late process cannot overwrite a newer one."""
        delivery = part.delivery
        _observe(part, outcome)
        async with self._store.transaction() as tx:
            if isinstance(outcome, Refused):
                await learn_from(tx, delivery, part.conversation, part.client, outcome)
            match outcome:
                case Accepted(wamid, wa_id):
                    await tx.receipts.one_at_a_time([wamid])
                    await tx.attempts.mark_accepted(delivery.id, wamid)
                    await tx.receipts.adopt(delivery.id, wamid, lambda code: classify(code).meaning)
                    await observe_answer(tx, delivery, part.client.name)
                    if wa_id and wa_id != part.conversation.reply_wa_id:
                        await tx.contacts.learn_number(part.client.name, part.conversation.contact_id, wa_id)
                case OutcomeUnknown(reason):
                    await tx.attempts.mark_unknown(delivery, self._patience(delivery), reason)
                case Refused(code=code) if code == WINDOW_CLOSED and _waits(delivery, outcome):
                    await tx.conversations.shut_window(part.conversation.id, part.conversation.last_inbound_at)
                    await tx.attempts.keep_back(delivery, code=code, reason=outcome.detail)
                case Refused() if gives_up(outcome, delivery.attempts):
                    await tx.attempts.settle(delivery, DeliveryState.FAILED, code=outcome.code, reason=outcome.detail)
                case Refused():
                    wait = delay(outcome, delivery.attempts)
                    await tx.attempts.postpone(delivery, wait, code=outcome.code, reason=outcome.detail)
                    await self._spare(tx, part, outcome, wait)
                case NotSent(reason):
                    await tx.attempts.postpone(delivery, delay(outcome, delivery.attempts), code=None, reason=reason)

            if isinstance(outcome, Accepted | Refused):
                await self._learn(tx, part, outcome)

    async def _spare(self, tx: Transaction, part: Part, refusal: Refused, wait: timedelta) -> None:
        about = (part.delivery, part.conversation, part.client.config)
        await self._aftermath.of_refusal(tx, refusal, about, wait=wait)

    async def _learn(self, tx: Transaction, part: Part, outcome: Accepted | Refused) -> None:
        """What Meta's answer tells beside the part: how full its limits are, and that what was parked goes again."""
        await self._aftermath.of_usage(tx, outcome.usage, part.conversation, part.client.config)
        if isinstance(outcome, Accepted) or outcome.kind is RefusalKind.PERMANENT:
            for key in await tx.parkings.end_answered(part.delivery.id):
                log.info("sending.resumed", key=key, by="probe")

    def _patience(self, delivery: Delivery) -> timedelta:
        """For how long a receipt is waited for."""
        return self._settings.reconcile * (1 << delivery.resends)

    async def _announce(self, conversation: Conversation) -> None:
        changed = ConversationChanged(conversation_id=conversation.id, what="delivery")
        await self._publisher.hint(wrap(changed, conversation.client))

    async def _release(self, conversation_id: UUID, token: int) -> None:
        async with self._store.transaction() as tx:
            await tx.send_leases.release(conversation_id, token)


def _waits(delivery: Delivery, refusal: Refused) -> bool:
    """Whether it waits for the contact, now that Meta has called the window closed for the last time."""
    return can_wait(delivery) and gives_up(refusal, delivery.attempts)


def _observe(part: Part, outcome: Outcome) -> None:
    code, name = outcome.code if isinstance(outcome, Refused) else None, _named(outcome)
    ATTEMPTS.labels(part.client.name, part.delivery.kind, name, code or "").inc()
    tell = log.error if name == RefusalKind.OPERATOR else log.info
    tell(
        "delivery.attempted",
        delivery_id=str(part.delivery.id),
        client=part.client.name,
        turn_id=str(part.delivery.turn_id) if part.delivery.turn_id else None,
        kind=part.delivery.kind,
        attempt=part.delivery.attempts,
        outcome=name,
        code=code,
        detail=getattr(outcome, "detail", getattr(outcome, "reason", None)),
    )


def _named(outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return "accepted"
        case Refused(kind=kind):
            return kind.value
        case OutcomeUnknown():
            return "unknown"
        case NotSent():
            return "not_sent"
