"""Feedback against a plain model: asked at most once in the period, whatever comes between; and nobody is swallowed."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from remanso.model.content import Choice, Content, Text
from remanso.model.delivery import DeliveryState
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from remanso.store.messages import LogMessage
from services.debouncer.feedback import ask, tapped
from services.debouncer.intake import take_in
from services.sender.decision import Cancel, Send, decide
from tests.support.clock import let_pass
from tests.support.machine import StoreMachine, play
from tests.support.scene import answer, conversation_of, seal, take_over
from tests.support.school import config, person, said

EVERY = timedelta(days=2)
BUSINESS = config(
    feedback={"after_minutes": 10, "every_days": 2, "reason_minutes": 60},
    flood={"messages": 10_000, "seconds": 1, "turns_per_hour": 0, "turns_per_day": 0},
)
WINDOW = timedelta(hours=24)


@dataclass
class Seen:
    """A question on the contact's phone, and when it came there."""

    question: Delivery
    at: datetime


class Questions(StoreMachine):
    @initialize()
    def begin(self) -> None:
        self.person = person()
        self.seen: list[Seen] = []
        self.wrote: dict[str, Content] = {}
        self.texts = 0
        self.queued: dict[UUID, int] = {}
        """Questions that wait, with how many texts the contact had written by then."""
        self.why_asked = False
        """Whether the last thing on the phone asks for a reason."""
        self.reasons: set[str] = set()
        """Texts that may be one."""
        self.human = False
        self.write("hola")
        self.conversation_id = self.do(conversation_of(self.store, self.person)).id

    def write(self, content: Content | str) -> None:
        """Taken in by two debouncers, as after a crash between commit and acknowledgement."""
        wamid = f"w{len(self.wrote)}"
        self.wrote[wamid] = Text(text=content) if isinstance(content, str) else content
        envelope = said(self.person, self.wrote[wamid], wamid=wamid, sent_at=datetime.now(UTC))

        async def twice() -> None:
            async def once() -> None:
                async with self.store.transaction() as tx:
                    await take_in(tx, BUSINESS, [envelope])

            await asyncio.gather(once(), once())

        self.do(twice())

    @rule(words=st.sampled_from(["hola", "¿cuánto?", "tardaron"]))
    def contact_writes(self, words: str) -> None:
        if self.why_asked and not words.endswith("?"):
            self.reasons.add(f"w{len(self.wrote)}")
        self.write(words)
        self.texts += 1
        self.why_asked = False

    @rule(
        before=st.sampled_from([1, 3000]),
        minutes=st.sampled_from([11, 600]),
        sent=st.booleans(),
        then=st.sampled_from(["", "¿cuánto?", "tardaron"]),
        read=st.booleans(),
    )
    def contact_is_answered_and_silent(self, before: int, minutes: int, sent: bool, then: str, read: bool) -> None:
        """What questions come from; and what may become of one at once."""
        self.time_passes(before)
        if self.human:
            self.takeover_runs_out()
        self.contact_writes("hola")
        self.a_turn_is_answered()
        self.time_passes(minutes)
        self.timers_run_out(2)
        self.whoever_asks_is_heard()
        if sent:
            self.sender_sends()
        if then and sent and self.seen:
            self.contact_says_no_and_writes(then, read)
        elif then:
            self.contact_writes(then)
            self.sender_sends()

    @precondition(lambda self: self.seen)
    @rule(words=st.sampled_from(["¿cuánto?", "tardaron"]), read=st.booleans())
    def contact_says_no_and_writes(self, words: str, read: bool) -> None:
        """To the newest question; the text comes before or after they could read why it is asked."""
        button = self.seen[-1].question.payload["buttons"][1]
        self.write(Choice(choice_id=button["id"], title=button["title"]))
        if read:
            self.sender_sends()
        self.contact_writes(words)

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), answer=st.sampled_from([0, 1]))
    def contact_taps(self, data: st.DataObject, answer: int) -> None:
        """Any question they have ever got."""
        button = data.draw(st.sampled_from(self.seen)).question.payload["buttons"][answer]
        self.write(Choice(choice_id=button["id"], title=button["title"]))

    @rule(minutes=st.sampled_from([1, 11, 600, 1500, 2890]))
    def time_passes(self, minutes: int) -> None:
        self.do(let_pass(self.store, timedelta(minutes=minutes)))
        for seen in self.seen:
            seen.at -= timedelta(minutes=minutes)

    @rule()
    def a_turn_is_answered(self) -> None:
        self.do(let_pass(self.store, 30))
        for seen in self.seen:
            seen.at -= timedelta(seconds=30)
        for turn_id in self.do(seal(self.store)).values():
            self.do(answer(self.store, turn_id, ask_in=timedelta(minutes=10)))

    @rule(debouncers=st.integers(1, 3))
    def timers_run_out(self, debouncers: int) -> None:
        async def run_out() -> None:
            async with self.store.transaction() as tx:
                for conversation in await tx.conversations.claim_feedback([BUSINESS.name], 10):
                    await ask(tx, BUSINESS, conversation)

        async def crowd() -> None:
            await asyncio.gather(*(run_out() for _ in range(debouncers)))

        self.do(crowd())

    @precondition(lambda self: not self.human)
    @rule()
    def person_takes_over(self) -> None:
        self.do(take_over(self.store, self.conversation_id))
        self.human = True

    @precondition(lambda self: self.human)
    @rule()
    def takeover_runs_out(self) -> None:
        async def run_out() -> None:
            async with self.store.transaction() as tx:
                await tx.takeovers.end_expired(10)

        self.time_passes(31)
        self.do(run_out())
        self.human = False

    @rule()
    def sender_sends(self) -> None:
        """As the sender does: decided and written down under the lock."""
        for sent in self.do(self._send()):
            if sent.payload["type"] == "buttons":
                assert self.queued[sent.id] == self.texts, "they wrote, and are asked all the same"
                self.seen.append(Seen(sent, datetime.now(UTC)))
            self.why_asked = sent.payload["text"] == BUSINESS.text("feedback_reason")

    async def _send(self) -> list[Delivery]:
        sent = []
        async with self.store.transaction() as tx:
            conversation = await tx.conversations.lock(self.conversation_id)
            while head := await tx.deliveries.head(self.conversation_id):
                match decide(head, conversation, WINDOW, turn_is_open=False):
                    case Send():
                        await tx.attempts.mark_sending(head.id)
                        await tx.attempts.mark_accepted(head.id, f"wamid.{head.id}")
                        sent.append(head)
                    case Cancel(reason):
                        await tx.attempts.settle(head, DeliveryState.CANCELLED, reason=reason)
                    case other:
                        raise AssertionError(f"a question waits: {other}")
        return sent

    @invariant()
    def asked_at_most_once_in_the_period(self) -> None:
        times = [seen.at for seen in getattr(self, "seen", [])]
        assert all(later - earlier >= EVERY - timedelta(minutes=1) for earlier, later in pairwise(times))

    @invariant()
    def whoever_asks_is_heard(self) -> None:
        """Feedback is a tap on one of ours, or a reason that was asked for; all else is for the bot or a person."""
        if not hasattr(self, "conversation_id"):
            return
        log, reasons, waiting = self.do(self._look())
        for message in log:
            content = message.contact_content
            if message.fate == "feedback":
                assert message.position is None
                assert tapped(content) or message.wamid in self.reasons
            elif message.fate is None:
                assert waiting, "its burst is due some time"
        assert {message.wamid for message in log} == set(self.wrote)
        swallowed = [message for message in log if message.fate == "feedback" and not tapped(message.contact_content)]
        assert len(swallowed) == reasons

    async def _look(self) -> tuple[list[LogMessage], int, bool]:
        async with self.store.transaction() as tx:
            conversation: Conversation = await tx.conversations.lock(self.conversation_id)
            log = await tx.messages.of_conversation(self.conversation_id)
            questions = await tx.feedback.of_conversation(self.conversation_id)
            queued = await tx.deliveries.of_conversation(self.conversation_id)
        for found in queued:
            if found.payload["type"] == "buttons" and found.state == "pending":
                self.queued.setdefault(found.id, self.texts)
        assert len({question.turn_id for question in questions}) == len(questions)
        return log, sum(question.reason is not None for question in questions), conversation.due_at is not None


def test_asked_at_most_once_whatever_interleaves(database_url: str) -> None:
    play(Questions, database_url, examples=8, steps=15)
