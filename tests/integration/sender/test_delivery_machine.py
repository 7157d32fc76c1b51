"""Deliveries, against a plain model of the world outside: in order, nothing twice unless marked, nothing stuck.

The senders' own steps are played one by one, so that any of them may be the last one of its process.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import text

from remanso.bus import Publisher
from remanso.channels.whatsapp.client import GraphClient
from remanso.channels.whatsapp.errors import RefusalKind
from remanso.channels.whatsapp.outcome import Accepted, NotSent, Outcome, OutcomeUnknown, Refused
from remanso.errors import LeaseLost
from remanso.model.delivery import RECEIPTS, UNSETTLED, DeliveryKind, DeliveryState
from remanso.store.deliveries import Delivery
from remanso.store.receipts import Receipt
from services.sender.drain import Drain, Part
from services.sender.settings import SenderSettings
from tests.support.clock import let_pass
from tests.support.machine import StoreMachine, play
from tests.support.scene import a_conversation, deliveries, queue, take_over
from tests.support.school import CHANNEL, registry

SETTINGS = SenderSettings.model_validate({"amqp_url": "amqp://nobody", "database_url": "postgresql://nobody"})
LEASE, RECONCILE = SETTINGS.sender_lease_seconds, SETTINGS.sender_reconcile_seconds
senders = st.sampled_from("abc")
REFUSED_FOR_GOOD = Refused(131026, 400, RefusalKind.PERMANENT, "undeliverable")
REFUSED_FOR_NOW = Refused(131056, 400, RefusalKind.RETRY, "too fast")


@dataclass
class Sender:
    """One process: the lease it believes to hold, the part it marked, and the outcome it has not written down yet."""

    token: int
    part: Part | None = None
    outcome: Outcome | None = None
    posts_until: float = 0


@dataclass
class World:
    """What Meta saw and will tell."""

    now: float = 0
    accepted: list[UUID] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    def accept(self, delivery: Delivery) -> str:
        self.accepted.append(delivery.id)
        wamid = f"wamid.{uuid4().hex}"
        for status in ("sent", "delivered"):
            self.receipts.append(receipt(delivery.id, wamid, status))
        return wamid


def receipt(delivery_id: UUID | None, wamid: str, status: str) -> Receipt:
    callback = str(delivery_id) if delivery_id else None
    return Receipt(f"{wamid}/{status}", callback, CHANNEL, wamid, status, None, datetime.now(UTC), {})


class Deliveries(StoreMachine):
    @initialize()
    def begin(self) -> None:
        self.conversation_id = self.do(a_conversation(self.store)).id
        graph, publisher = cast(GraphClient, None), cast(Publisher, None)  # their steps are played by the rules
        self.drain = Drain(self.store, publisher, registry(), graph, SETTINGS)
        self.world = World()
        self.senders: dict[str, Sender] = {}
        self.over: set[UUID] = set()

    @rule(count=st.integers(1, 3), kind=st.sampled_from([DeliveryKind.ANSWER, DeliveryKind.HUMAN]))
    def something_to_say(self, count: int, kind: DeliveryKind) -> None:
        self.do(queue(self.store, self.conversation_id, *["hola"] * count, kind=kind))

    @rule(sender=senders)
    def claims(self, sender: str) -> None:
        """Also a process that took over from one which forgot, by dying, that it held the lease."""
        token = self.do(self._claim())
        if token is not None:
            self.senders[sender] = Sender(token)

    async def _claim(self) -> int | None:
        async with self.store.transaction() as tx:
            return await tx.send_leases.claim(self.conversation_id, SETTINGS.lease)

    def idle(self) -> list[str]:
        return sorted(name for name, sender in self.senders.items() if sender.part is None)

    def marked(self) -> list[str]:
        return sorted(name for name, sender in self.senders.items() if sender.part and sender.outcome is None)

    def knowing(self) -> list[str]:
        return sorted(name for name, sender in self.senders.items() if sender.outcome is not None)

    @precondition(lambda self: self.idle())
    @rule(data=st.data())
    def goes_on(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.idle()))
        sender = self.senders[name]
        try:
            sender.part = self.do(self.drain._next(self.conversation_id, sender.token))
        except LeaseLost:
            sender.part = None
        if sender.part is None:
            del self.senders[name]
        else:
            assert sender.part.delivery.id not in self.over
            sender.posts_until = self.world.now + LEASE - SETTINGS.graph_timeout_seconds

    @precondition(lambda self: self.marked())
    @rule(data=st.data(), outcome=st.sampled_from(["accepted", "lost answer", "lost", "no", "not now", "not sent"]))
    def posts(self, data: st.DataObject, outcome: str) -> None:
        sender = self.senders[data.draw(st.sampled_from(self.marked()))]
        assert sender.part
        delivery = sender.part.delivery
        if self.world.now > sender.posts_until:  # it slept: its own check forbids the call (tested with real sockets)
            sender.outcome = NotSent("held up")
        elif outcome == "accepted":
            sender.outcome = Accepted(self.world.accept(delivery), None)
        elif outcome == "lost answer":
            self.world.accept(delivery)
            sender.outcome = OutcomeUnknown("timeout")
        else:
            fates: dict[str, Outcome] = {
                "lost": OutcomeUnknown("timeout"),
                "no": REFUSED_FOR_GOOD,
                "not now": REFUSED_FOR_NOW,
                "not sent": NotSent("refused"),
            }
            sender.outcome = fates[outcome]

    @precondition(lambda self: self.knowing())
    @rule(data=st.data())
    def writes_down(self, data: st.DataObject) -> None:
        sender = self.senders[data.draw(st.sampled_from(self.knowing()))]
        assert sender.part
        assert sender.outcome
        self.do(self.drain._record(sender.part, sender.outcome))
        sender.part = sender.outcome = None

    @precondition(lambda self: self.senders)
    @rule(data=st.data())
    def dies(self, data: st.DataObject) -> None:
        del self.senders[data.draw(st.sampled_from(sorted(self.senders)))]

    @precondition(lambda self: self.world.receipts)
    @rule(data=st.data(), repeat=st.integers(1, 2), anonymous=st.booleans())
    def receipt_comes(self, data: st.DataObject, repeat: int, anonymous: bool) -> None:
        """In any order, again and again; without our id it is known by its wamid once that is written down."""
        told = data.draw(st.sampled_from(self.world.receipts))
        for _ in range(repeat):
            self.do(self._record(receipt(None, told.wamid, told.status) if anonymous else told))

    @rule(status=st.sampled_from(["failed", "pending", "unknown", "held", "deleted"]))
    def odd_receipt_comes(self, status: str) -> None:
        """What Meta's words for payments, or for messages of others, may look like."""
        found = self.do(deliveries(self.store, self.conversation_id))
        mine = found[0].id if found and status not in RECEIPTS else None
        self.do(self._record(receipt(mine, "wamid.of-nobody", status)))

    async def _record(self, told: Receipt) -> None:
        async with self.store.transaction() as tx:
            await tx.receipts.record(told)

    @rule(seconds=st.sampled_from([1, LEASE + 1, RECONCILE + 1, 400]))
    def time_passes(self, seconds: float) -> None:
        self.do(let_pass(self.store, seconds))
        self.world.now += seconds

    @rule()
    def a_day_of_silence(self) -> None:
        self.time_passes(SETTINGS.window.total_seconds())

    @rule()
    def contact_writes(self) -> None:
        self.do(self._hear())

    async def _hear(self) -> None:
        async with self.store.transaction() as tx:
            await tx.connection.execute(text("UPDATE conversations SET last_inbound_at = now()"))

    @rule()
    def person_takes_over(self) -> None:
        """From here on none of the bot's parts starts, unless it was written down before."""
        self.do(take_over(self.store, self.conversation_id))
        bots = [d for d in self.do(deliveries(self.store, self.conversation_id)) if d.kind != DeliveryKind.HUMAN]
        self.over |= {d.id for d in bots}

    @invariant()
    def outside_saw_each_part_in_order_and_once(self) -> None:
        if not hasattr(self, "world"):
            return
        found = {d.id: d for d in self.do(deliveries(self.store, self.conversation_id))}
        positions = [found[delivery_id].position for delivery_id in self.world.accepted]
        assert positions == sorted(positions)
        for delivery_id, times in Counter(self.world.accepted).items():
            assert times <= 1 + found[delivery_id].resends
        first_unsettled = min((d.position for d in found.values() if d.state in UNSETTLED), default=None)
        if first_unsettled is not None:
            assert all(d.state in {"pending", "cancelled"} for d in found.values() if d.position > first_unsettled)

    def teardown(self) -> None:
        """Nothing is stuck: with everybody dead, the contact writing and a willing Meta, all of it settles."""
        if not hasattr(self, "world"):
            return
        self.senders = {}
        for _ in range(60):
            unsettled = [d for d in self.do(deliveries(self.store, self.conversation_id)) if d.state in UNSETTLED]
            if not unsettled:
                break
            self.time_passes(400)
            self.contact_writes()
            assert self.do(self._found_by_the_sweep()), unsettled
            self._run_once()
        assert not unsettled
        self.outside_saw_each_part_in_order_and_once()
        for delivery in self.do(deliveries(self.store, self.conversation_id)):
            if delivery.state == DeliveryState.ACCEPTED:
                assert delivery.id in self.world.accepted

    async def _found_by_the_sweep(self) -> bool:
        async with self.store.transaction() as tx:
            found = await tx.deliveries.with_work(
                ["school"], 10, untouched_for=timedelta(seconds=1), window=SETTINGS.window
            )
        return self.conversation_id in found

    def _run_once(self) -> None:
        token = self.do(self._claim())
        assert token is not None
        while part := self.do(self.drain._next(self.conversation_id, token)):
            self.do(self.drain._record(part, Accepted(self.world.accept(part.delivery), None)))


def test_in_order_once_and_never_stuck(database_url: str) -> None:
    play(Deliveries, database_url, examples=15, steps=30)
