"""Bursts and turns, against a plain model: every message gets one fate, one place, and the places follow the order.

What is written in a person's time is theirs when they say something, else the bot's.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from remanso.model.content import Content, Reaction, Text, opens_burst
from remanso.model.outgoing import Text as Said
from remanso.model.turn import TurnState
from remanso.store.messages import LogMessage
from remanso.store.turns import Turn
from tests.support.clock import let_pass
from tests.support.machine import StoreMachine, play
from tests.support.scene import USAGE, claim, conversation_of, receive, seal, take_over
from tests.support.school import config, person, said

BASE = datetime.now(UTC) - timedelta(hours=1)
UNFLOODED = config(flood={"messages": 10_000, "seconds": 1})
LONGEST = UNFLOODED.burst.longest

contents: st.SearchStrategy[Content] = st.one_of(
    st.just(Text(text="hola")), st.just(Text(text="¿cuánto?")), st.just(Reaction(target="w", emoji="👍"))
)


@dataclass
class Sent:
    """A message on its way, with the key that orders it. `fate` is the model's: None while it waits."""

    wamid: str
    content: Content
    sent_at: datetime
    received_at: datetime
    index: int
    fate: str | None = None

    @property
    def key(self) -> tuple[datetime, datetime, int]:
        return (self.sent_at, self.received_at, self.index)


class Bursts(StoreMachine):
    @initialize(content=contents)
    def begin(self, content: Content) -> None:
        self.person = person()
        self.sent: list[Sent] = []
        self.seals: list[list[str]] = []
        self.mode = "bot"
        self.open: Turn | None = None
        self.sealed_before = 0
        self.arrive([(content, 0)], repeat=1)
        self.conversation_id = self.do(conversation_of(self.store, self.person)).id

    def waiting(self) -> list[Sent]:
        return sorted((sent for sent in self.sent if sent.fate is None), key=lambda sent: sent.key)

    @rule(new=st.lists(st.tuples(contents, st.integers(-5, 5)), min_size=1, max_size=4), repeat=st.integers(1, 2))
    def arrive(self, new: list[tuple[Content, int]], repeat: int) -> None:
        """One batch, in any order, perhaps all of it twice."""
        received = BASE + timedelta(seconds=len(self.sent))
        fresh = [
            Sent(f"w{len(self.sent) + place}", content, BASE + timedelta(seconds=offset), received, place)
            for place, (content, offset) in enumerate(new)
        ]
        self.sent += fresh
        self.receive(fresh * repeat)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def arrive_again(self, data: st.DataObject) -> None:
        """Meta repeats a webhook, days later perhaps."""
        self.receive(data.draw(st.lists(st.sampled_from(self.sent), min_size=1, max_size=5)))

    def receive(self, batch: list[Sent]) -> None:
        envelopes = [
            said(self.person, s.content, wamid=s.wamid, sent_at=s.sent_at, received_at=s.received_at, index=s.index)
            for s in batch
        ]
        self.do(receive(self.store, envelopes, UNFLOODED))

    @rule()
    def silence(self) -> None:
        """Long enough for whatever waits."""
        self.pass_by(timedelta(seconds=LONGEST + 1))

    def pass_by(self, time: timedelta) -> None:
        """What was written down grows older, and so does the model's memory of it."""
        self.do(let_pass(self.store, time))
        for sent in self.sent:
            sent.sent_at -= time
            sent.received_at -= time

    @rule(debouncers=st.integers(1, 3))
    def sealers_look(self, debouncers: int) -> None:
        """Several at once. What is due is known by the row; the model says what may become of it."""
        due, asking, waiting = self.do(self._due()), self._asking(), self.waiting()
        turns = [turn for found in self.do(self._seal(debouncers)) for turn in found.values()]
        if not due or self.open or self.mode == "human":
            assert turns == []
        elif asking:
            assert len(turns) == 1
            self.sealed_before = len(self.seals)
            self._fated(waiting, "turn")
            self.open = self.do(self._turn())
        else:
            assert turns == []

    def _asking(self) -> bool:
        return any(opens_burst(sent.content) for sent in self.waiting())

    def _fated(self, messages: list[Sent], fate: str) -> None:
        for sent in messages:
            sent.fate = fate
        self.seals.append([sent.wamid for sent in messages])

    async def _due(self) -> bool:
        async with self.store.transaction() as tx:
            conversation = await tx.conversations.lock(self.conversation_id)
        return conversation.due_at is not None and conversation.due_at <= conversation.now

    async def _seal(self, debouncers: int) -> list[dict[UUID, UUID]]:
        return await asyncio.gather(*(seal(self.store) for _ in range(debouncers)))

    async def _turn(self) -> Turn:
        async with self.store.transaction() as tx:
            return (await tx.turns.of_conversation(self.conversation_id))[-1]

    @precondition(lambda self: self.open)
    @rule()
    def agent_absorbs(self) -> None:
        waiting = self.waiting()
        assert self.do(self._absorb()) == len(waiting)
        self._fated(waiting, "turn")

    async def _absorb(self) -> int:
        assert self.open
        async with self.store.transaction() as tx:
            await tx.conversations.lock(self.conversation_id)
            return len(await tx.bursts.absorb(self.open))

    @precondition(lambda self: self.open)
    @rule(says=st.booleans())
    def agent_answers(self, says: bool) -> None:
        self.do(self._answer(says))
        self.open = None
        if says:
            self.seals.append(["bot"])

    async def _answer(self, says: bool) -> None:
        assert self.open
        turn = await claim(self.store, self.open.id, timedelta())
        assert turn
        async with self.store.transaction() as tx:
            await tx.conversations.lock(self.conversation_id)
            if says:
                step = await tx.steps.add(turn, USAGE, kept=True)
                position = await tx.conversations.take_positions(self.conversation_id, 1)
                await tx.messages.add_bot(
                    self.conversation_id, turn.client, position, turn_id=turn.id, step_id=step, text="\x00hola"
                )
            await tx.turns.close(turn, TurnState.ANSWERED)

    @precondition(lambda self: self.mode == "bot")
    @rule()
    def person_takes_over(self) -> None:
        """The bot has said nothing yet about a burst that it has open: that waits again."""
        self.do(take_over(self.store, self.conversation_id))
        if self.open:
            again = {wamid for group in self.seals[self.sealed_before :] for wamid in group}
            self.seals = self.seals[: self.sealed_before]
            for sent in self.sent:
                sent.fate = None if sent.wamid in again else sent.fate
        self.mode, self.open = "human", None

    @precondition(lambda self: self.mode == "human")
    @rule()
    def person_says(self) -> None:
        self.do(self._say())
        self._fated(self.waiting(), "human")
        self.seals.append(["bot"])

    async def _say(self) -> None:
        async with self.store.transaction() as tx:
            conversation = await tx.conversations.lock(self.conversation_id)
            await tx.bursts.number_for_person(conversation.id, conversation.now)
            place = await tx.conversations.take_positions(conversation.id, 1)
            await tx.messages.add_human(conversation.id, conversation.channel, place, Said(text="soy Marta"))

    @precondition(lambda self: self.mode == "human")
    @rule()
    def takeover_runs_out(self) -> None:
        self.pass_by(timedelta(minutes=31))
        self.do(self._run_out())
        self.mode = "bot"

    async def _run_out(self) -> None:
        async with self.store.transaction() as tx:
            assert len(await tx.takeovers.end_expired(10)) == 1

    @invariant()
    def every_message_once_with_its_fate_and_its_place(self) -> None:
        if not hasattr(self, "conversation_id"):
            return
        log, next_position, open_turns = self.do(self._look())
        stored = {message.wamid: message.fate for message in log if message.author == "contact"}
        assert stored == {sent.wamid: sent.fate for sent in self.sent}
        placed = [message for message in log if message.position is not None]
        assert [message.position for message in placed] == list(range(1, next_position))
        assert [message.wamid or "bot" for message in placed] == [name for group in self.seals for name in group]
        assert open_turns == (1 if self.open else 0)

    async def _look(self) -> tuple[list[LogMessage], int, int]:
        async with self.store.transaction() as tx:
            log = await tx.messages.of_conversation(self.conversation_id)
            turns = await tx.turns.of_conversation(self.conversation_id)
            next_position = await tx.conversations.take_positions(self.conversation_id, 0)
            assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
            return log, next_position, sum(turn.state == TurnState.OPEN for turn in turns)

    def teardown(self) -> None:
        """Nothing is stuck: after silence whoever is free takes all that asks."""
        if not hasattr(self, "conversation_id"):
            return
        if self.open:
            self.agent_answers(says=False)
        if self.mode == "human":
            self.takeover_runs_out()
        self.silence()
        asks = self._asking()
        self.sealers_look(1)
        if asks:
            assert self.waiting() == []


def test_every_message_gets_one_fate_and_one_place(database_url: str) -> None:
    play(Bursts, database_url, examples=20, steps=25)
