"""The lease on a turn, against a plain model: whoever claimed last may store, nobody else, whatever happens between."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from remanso.errors import LeaseLost
from remanso.model.turn import TurnState
from remanso.store.turns import Turn
from tests.support.clock import let_pass
from tests.support.machine import StoreMachine, play
from tests.support.scene import USAGE, a_turn, claim

LEASE = timedelta(seconds=30)
agents = st.sampled_from("abc")


@dataclass
class Expected:
    """The turn as it should be. Times in seconds of the test's own clock."""

    now: float = 0
    attempt: int = 0
    leased_until: float = 0
    retry_at: float = 0
    open: bool = True
    steps: int = 0
    failures: int = 0

    @property
    def free(self) -> bool:
        return self.open and self.leased_until <= self.now and self.retry_at <= self.now


class TurnLease(StoreMachine):
    @initialize()
    def begin(self) -> None:
        self.turn_id = self.do(a_turn(self.store)).id
        self.expected = Expected()
        self.held: dict[str, Turn] = {}

    def newest(self, agent: str) -> bool:
        return self.expected.open and self.held[agent].attempt == self.expected.attempt

    @rule(agent=agents)
    def claims(self, agent: str) -> None:
        claimed = self.do(claim(self.store, self.turn_id, LEASE))
        assert (claimed is not None) == self.expected.free
        if claimed:
            self.expected.attempt += 1
            self.expected.leased_until = self.expected.now + LEASE.total_seconds()
            assert claimed.attempt == self.expected.attempt
            self.held[agent] = claimed

    @rule(seconds=st.sampled_from([1, 29, 31, 100]))
    def time_passes(self, seconds: int) -> None:
        self.do(let_pass(self.store, seconds))
        self.expected.now += seconds

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def renews(self, data: st.DataObject) -> None:
        agent = data.draw(st.sampled_from(sorted(self.held)))
        assert self.do(self._succeeds(self._renew(agent))) == self.newest(agent)
        if self.newest(agent):
            self.expected.leased_until = self.expected.now + LEASE.total_seconds()

    async def _renew(self, agent: str) -> None:
        async with self.store.transaction() as tx:
            await tx.turns.renew(self.held[agent], LEASE)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), closes=st.booleans())
    def stores_a_step(self, data: st.DataObject, closes: bool) -> None:
        """Also a zombie's: it does not know that its lease is gone."""
        agent = data.draw(st.sampled_from(sorted(self.held)))
        allowed = self.newest(agent)
        assert self.do(self._succeeds(self._store(agent, closes))) == allowed
        if allowed:
            self.expected.steps += 1
            self.expected.open = not closes

    async def _store(self, agent: str, closes: bool) -> None:
        async with self.store.transaction() as tx:
            await tx.conversations.lock(self.held[agent].conversation_id)
            await tx.steps.add(self.held[agent], USAGE, kept=True)
            turn = await tx.turns.hold(self.held[agent])
            if closes:
                await tx.turns.close(turn, TurnState.ANSWERED)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), seconds=st.sampled_from([5, 50]))
    def postpones(self, data: st.DataObject, seconds: int) -> None:
        agent = data.draw(st.sampled_from(sorted(self.held)))
        self.do(self._postpone(agent, seconds))
        if self.newest(agent):
            self.expected.leased_until = 0
            self.expected.retry_at = self.expected.now + seconds
            self.expected.failures += 1

    async def _postpone(self, agent: str, seconds: int) -> None:
        async with self.store.transaction() as tx:
            await tx.turns.postpone(self.held[agent], timedelta(seconds=seconds), "model down")

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def releases(self, data: st.DataObject) -> None:
        agent = data.draw(st.sampled_from(sorted(self.held)))
        self.do(self._release(agent))
        if self.newest(agent):
            self.expected.leased_until = 0

    async def _release(self, agent: str) -> None:
        async with self.store.transaction() as tx:
            await tx.turns.release(self.held[agent])

    async def _succeeds(self, step: object) -> bool:
        try:
            await step  # type: ignore[misc]
        except LeaseLost:
            return False
        return True

    @invariant()
    def what_is_stored_is_as_expected(self) -> None:
        if not hasattr(self, "expected"):
            return
        turn, steps, free = self.do(self._look())
        assert turn
        assert (turn.attempt, turn.failures) == (self.expected.attempt, self.expected.failures)
        assert (turn.state == TurnState.OPEN) == self.expected.open
        assert steps == self.expected.steps
        assert free == self.expected.free

    async def _look(self) -> tuple[Turn | None, int, bool]:
        async with self.store.transaction() as tx:
            free = await tx.turns.free(10, timedelta())
            steps = len(await tx.steps.of_turn(self.turn_id))
            return await tx.turns.get(self.turn_id), steps, self.turn_id in free


def test_only_the_newest_token_stores(database_url: str) -> None:
    play(TurnLease, database_url, examples=10, steps=25)
