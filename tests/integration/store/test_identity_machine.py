"""One person under several names, against a plain model: whoever is shown to be one is one, and nothing gets lost."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from remanso.errors import StoreUnavailable
from remanso.events import Envelope
from remanso.model.content import IdentityChange, Text
from remanso.model.delivery import DeliveryKind
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from remanso.store.messages import LogMessage
from remanso.store.turns import Turn
from services.debouncer.intake import take_in
from tests.support.clock import forget_everything, let_pass
from tests.support.machine import StoreMachine, play
from tests.support.scene import claim, seal
from tests.support.school import config, said

UNFLOODED = config(flood={"messages": 10_000, "seconds": 1})
A_DAY = timedelta(days=1)
"""No lease runs out while time passes for bursts: this is about merges."""
SHOWN = ("user", "phone", "other_spelling", "both")


@dataclass
class Person:
    """Names as the channel knows them; a change of number gives new ones."""

    digits: str
    user_id: str
    shown: set[str] = field(default_factory=set)
    """Names that the channel showed so far."""
    linked: bool = False
    """Whether any message showed number and user id together."""

    def sender(self, how: str) -> Sender:
        phone = {"phone": f"549{self.digits}", "both": f"549{self.digits}", "other_spelling": f"54{self.digits}"}
        return Sender(wa_id=phone.get(how), user_id=self.user_id if how in ("user", "both") else None)

    def show(self, how: str) -> None:
        self.shown |= {"user", "phone"} if how == "both" else {"user" if how == "user" else "phone"}
        self.linked = self.linked or how == "both"

    @property
    def contacts(self) -> int:
        return 1 if self.linked else len(self.shown)


def somebody() -> Person:
    digits = str(uuid4().int)[:10].replace("9", "1")
    return Person(digits, f"AR.{uuid4().hex}")


class Identities(StoreMachine):
    @initialize()
    def begin(self) -> None:
        self.do(forget_everything(self.store))
        self.people = [somebody(), somebody()]
        self.sent: list[str] = []
        self.queued: list[UUID] = []
        self.sending: list[Delivery] = []
        self.claimed: list[Turn] = []

    def letter(self, who: int, how: str) -> Envelope:
        self.people[who].show(how)
        self.sent.append(f"w{uuid4().hex}")
        return said(self.people[who].sender(how), Text(text=f"{who}"), wamid=self.sent[-1], sent_at=datetime.now(UTC))

    @rule(batch=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(SHOWN)), min_size=1, max_size=4))
    def write(self, batch: list[tuple[int, str]]) -> None:
        self.do(self._receive([self.letter(*each) for each in batch]))

    @rule(one=st.sampled_from(SHOWN), other=st.sampled_from(SHOWN), who=st.integers(0, 1))
    def write_to_two_debouncers_at_once(self, one: str, other: str, who: int) -> None:
        batches = [[self.letter(who, one)], [self.letter(who, other)]]
        self.do(self._all(batches))

    async def _all(self, batches: Iterable[list[Envelope]]) -> None:
        await asyncio.gather(*(self._receive(batch) for batch in batches))

    async def _receive(self, batch: list[Envelope]) -> None:
        """As the consumer does: what cannot be stored now comes again."""
        for _ in range(10):
            try:
                async with self.store.transaction() as tx:
                    await take_in(tx, UNFLOODED, batch)
                return
            except StoreUnavailable:
                continue
        raise AssertionError("never stored")

    @rule(who=st.integers(0, 1), wrote_before=st.sampled_from((None, *SHOWN)))
    def change_number(self, who: int, wrote_before: str | None) -> None:
        """Perhaps they wrote from the new one before the channel told of it."""
        old, new = self.people[who], somebody()
        self.people[who] = new
        if wrote_before is not None:
            self.do(self._receive([self.letter(who, wrote_before)]))
        told = IdentityChange(reason="user_changed_number", new_wa_id=f"549{new.digits}", new_user_id=new.user_id)
        self.sent.append(f"w{uuid4().hex}")
        self.do(self._receive([said(old.sender("both"), told, wamid=self.sent[-1])]))
        new.show("both")

    @rule(who=st.integers(0, 1), parts=st.integers(0, 2), is_sending=st.booleans(), is_asking=st.booleans())
    def is_two_at_work_and_turns_out_to_be_one(self, who: int, parts: int, is_sending: bool, is_asking: bool) -> None:
        """The way to a fold of something: chance alone comes by here too seldom."""
        self.people[who] = somebody()
        self.do(self._receive([self.letter(who, "user")]))
        self.do(self._receive([self.letter(who, "phone")]))
        self.bursts_end()
        self.agent_takes_a_turn()
        if not is_asking and self.claimed:
            self.agent_answers(parts)
        if is_sending:
            self.sender_starts_a_part()
        self.do(self._receive([self.letter(who, "both")]))

    @rule()
    def bursts_end(self) -> None:
        self.do(let_pass(self.store, timedelta(seconds=30)))
        self.do(seal(self.store))

    @rule()
    def agent_takes_a_turn(self) -> None:
        for conversation in self.do(self._live()):
            for turn in self.do(self._turns(conversation.id)):
                if turn.state == TurnState.OPEN and (claimed := self.do(claim(self.store, turn.id, A_DAY))):
                    self.claimed.append(claimed)
                    return

    @precondition(lambda self: self.claimed)
    @rule(parts=st.integers(0, 2))
    def agent_answers(self, parts: int) -> None:
        """With the turn as it was when it was claimed, whatever was merged meanwhile."""
        self.do(self._answer(self.claimed.pop(), parts))

    async def _answer(self, turn: Turn, parts: int) -> None:
        async with self.store.transaction() as tx:
            conversation = await tx.conversations.lock(turn.conversation_id)
            held = await tx.turns.hold(turn)
            assert held.conversation_id == conversation.id
            first = await tx.conversations.take_delivery_positions(conversation.id, parts)
            payloads = [{"type": "text", "text": f"{turn.number}"}] * parts
            self.queued += await tx.deliveries.add(
                conversation.id, first, payloads, kind=DeliveryKind.ANSWER, epoch=held.epoch, turn_id=turn.id
            )
            position = await tx.conversations.take_positions(conversation.id, 1)
            await tx.messages.add_bot(conversation.id, "c", position, turn_id=turn.id, step_id=None, text="bot")
            await tx.turns.close(held, TurnState.ANSWERED)

    @rule()
    def sender_starts_a_part(self) -> None:
        for conversation in self.do(self._live()):
            if part := self.do(self._start(conversation.id)):
                self.sending.append(part)

    async def _start(self, conversation_id: UUID) -> Delivery | None:
        async with self.store.transaction() as tx:
            await tx.conversations.lock(conversation_id)
            head = await tx.deliveries.head(conversation_id)
            return await tx.attempts.mark_sending(head.id) if head and head.state == "pending" else None

    @precondition(lambda self: self.sending)
    @rule()
    def graph_accepts(self) -> None:
        self.do(self._accept(self.sending.pop(0)))

    async def _accept(self, part: Delivery) -> None:
        async with self.store.transaction() as tx:
            await tx.attempts.mark_accepted(part.id, f"out-{part.id}")

    @rule()
    def merges_are_followed(self) -> None:
        self.do(self._follow())

    async def _follow(self) -> None:
        async with self.store.transaction() as tx:
            pending = await tx.merging.pending(100)
        for conversation_id in pending:
            async with self.store.transaction() as tx:
                await tx.merging.follow(conversation_id)

    async def _live(self) -> list[Conversation]:
        async with self.store.transaction() as tx:
            return await tx.conversations.of_client("school")

    async def _turns(self, conversation_id: UUID) -> list[Turn]:
        async with self.store.transaction() as tx:
            return await tx.turns.of_conversation(conversation_id)

    async def _look(self, conversation_id: UUID) -> tuple[list[LogMessage], list[Delivery], int]:
        async with self.store.transaction() as tx:
            log = await tx.messages.of_conversation(conversation_id)
            parts = await tx.deliveries.of_conversation(conversation_id)
            return log, parts, await tx.conversations.take_positions(conversation_id, 0)

    @invariant()
    def everything_is_there_once_and_in_order(self) -> None:
        if not hasattr(self, "people"):
            return
        wamids: list[str] = []
        parts: list[UUID] = []
        for conversation in self.do(self._live()):
            log, queue, next_position = self.do(self._look(conversation.id))
            own = [message.wamid for message in log if message.wamid]
            assert (
                len(
                    {
                        message.content["text"]
                        for message in log
                        if message.author == "contact" and "text" in message.content
                    }
                )
                <= 1
            )
            wamids += own
            parts += [part.id for part in queue]
            assert [m.position for m in log if m.position is not None] == list(range(1, next_position))
            settled = [part.state in ("pending", "sending") for part in queue]
            assert settled == sorted(settled)
            turns = self.do(self._turns(conversation.id))
            assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
        assert sorted(wamids) == sorted(self.sent)
        assert sorted(parts) == sorted(self.queued)

    def teardown(self) -> None:
        """At rest, whoever was shown to be one person has one conversation, and nobody shares one."""
        if not hasattr(self, "people"):
            return
        while self.claimed:
            self.agent_answers(1)
        for _ in range(4):
            self.bursts_end()
            for conversation in self.do(self._live()):
                for turn in self.do(self._turns(conversation.id)):
                    if turn.state == TurnState.OPEN:
                        self.do(let_pass(self.store, timedelta(minutes=1)))
                        claimed = self.do(claim(self.store, turn.id, timedelta(seconds=10)))
                        assert claimed
                        self.do(self._answer(claimed, 0))
            while self.sending:
                self.graph_accepts()
            self.merges_are_followed()
        self.everything_is_there_once_and_in_order()
        live = self.do(self._live())
        linked = [person for person in self.people if person.linked]
        owners = {self.do(self._owner(person)) for person in linked}
        assert len(owners) == len(linked)
        assert all(sum(c.contact_id == owner for c in live) <= 1 for owner in owners)

    async def _owner(self, person: Person) -> UUID:
        async with self.store.transaction() as tx:
            by_phone = await tx.contacts.known_as("school", f"549{person.digits}")
            by_user = await tx.contacts.known_as("school", person.user_id)
        assert by_phone == by_user
        assert by_user
        return by_user


def test_whoever_is_one_person_becomes_one_and_nothing_is_lost(database_url: str) -> None:
    play(Identities, database_url, examples=10, steps=20)
