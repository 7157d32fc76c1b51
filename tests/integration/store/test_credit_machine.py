"""The ledger against a plain model: grants that expire, calls that reserve and close, agents that die and wake up."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from remanso.store.credit import Refusal
from remanso.store.turns import Turn
from tests.support.clock import let_pass
from tests.support.credit import a_turn, account, allowance, assert_books_agree, grant, reserve, tried_again
from tests.support.machine import StoreMachine, play

ANA, BETO = UUID(int=1), UUID(int=2)
OWNERS = (ANA, BETO, None)
"""Whose accounts there are; None is the client's own, by which both contacts come."""

owners = st.sampled_from(OWNERS)
places = st.integers(0, 3)
tenths = st.integers(1, 6).map(lambda n: Decimal(n) / 10)
SOON = 1_000


@dataclass
class Purse:
    """An account as it should be: what is left of each grant by when it expires, and what is reserved."""

    grants: list[tuple[float, Decimal]] = field(default_factory=list)
    reserved: Decimal = Decimal(0)

    @property
    def balance(self) -> Decimal:
        return sum((left for _, left in self.grants), Decimal(0))

    def available(self, now: float) -> Decimal:
        return self.balance - self.reserved - self._expiring(now)

    def _expiring(self, now: float) -> Decimal:
        expired = sum((left for until, left in self.grants if until <= now), Decimal(0))
        return min(expired, self.balance - self.reserved)

    def expire(self, now: float) -> None:
        self.take(self._expiring(now))

    def take(self, amount: Decimal) -> None:
        """From what expires first."""
        kept = []
        for until, left in sorted(self.grants):
            taken = min(left, amount)
            amount -= taken
            kept.append((until, left - taken))
        self.grants = kept


@dataclass
class Open:
    attempt: int
    amount: Decimal


class Ledger(StoreMachine):
    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.purses = {owner: Purse() for owner in OWNERS}
        self.turns = [a_turn() for _ in range(4)]
        self.contacts = [ANA, ANA, BETO, BETO]
        self.open: dict[int, Open] = {}
        self.steps = 0
        for owner in OWNERS:  # everybody has a dollar, half of which is soon gone
            self.tops_up(owner, Decimal("0.5"), None)
            self.tops_up(owner, Decimal("0.5"), SOON)

    def paying(self, place: int) -> list[Purse]:
        return [self.purses[self.contacts[place]], self.purses[None]]

    @rule(owner=owners, dollars=tenths, lives=st.sampled_from([None, SOON, 100 * SOON]))
    def somebody_tops_up(self, owner: UUID | None, dollars: Decimal, lives: int | None) -> None:
        self.tops_up(owner, dollars, lives)

    def tops_up(self, owner: UUID | None, dollars: Decimal, lives: int | None) -> None:
        self.do(grant(self.store, dollars, contact_id=owner, lasts=None if lives is None else timedelta(seconds=lives)))
        self.purses[owner].grants.append((float("inf") if lives is None else self.now + lives, dollars))

    @rule(seconds=st.sampled_from([600, 30_000]))
    def time_passes(self, seconds: int) -> None:
        self.do(let_pass(self.store, seconds))
        self.now += seconds

    @rule(place=places, amount=tenths, cost=tenths)
    def calls(self, place: int, amount: Decimal, cost: Decimal) -> None:
        """A whole call, as most are."""
        self.reserves(place, amount)
        if place in self.open:
            self.do(self._settle(self.turns[place], self.turns[place].attempt, cost))
            self._settled(place, cost)

    @rule(place=places, amount=tenths)
    def reserves(self, place: int, amount: Decimal) -> None:
        """Also over a reserve that an earlier call of the turn has left open."""
        self._released(place)
        self.steps += 1
        refusal = self.do(self._reserve(place, amount, self.steps))
        fits = all(purse.available(self.now) >= amount for purse in self.paying(place))
        assert (refusal is None) == fits
        for purse in self.paying(place):
            purse.expire(self.now)
        if fits:
            self._reserved(place, amount)

    @rule(amount=tenths)
    def all_reserve_at_once(self, amount: Decimal) -> None:
        """Who gets something is a matter of chance: the model learns it, and the books tell whether it was too much."""
        self.do(self._sweep())  # what one still holds might refuse another
        for place in list(self.open):
            self._released(place)
        self.steps += 1
        refusals = self.do(self._reserve_all(amount, self.steps))
        for place, refusal in enumerate(refusals):
            for purse in self.paying(place):
                purse.expire(self.now)
            if refusal is None:
                self._reserved(place, amount)
        for place, refusal in enumerate(refusals):
            if refusal is not None:
                assert any(purse.available(self.now) < amount for purse in self.paying(place))

    async def _reserve(self, place: int, amount: Decimal, step: int) -> Refusal | None:
        allowances = allowance(self.contacts[place]), allowance()
        return await reserve(self.store, self.turns[place], amount, *allowances, step=step)

    async def _reserve_all(self, amount: Decimal, step: int) -> list[Refusal | None]:
        return list(await asyncio.gather(*(self._reserve(place, amount, step) for place in range(4))))

    def _reserved(self, place: int, amount: Decimal) -> None:
        self.open[place] = Open(self.turns[place].attempt, amount)
        for purse in self.paying(place):
            purse.reserved += amount

    def _released(self, place: int) -> None:
        if place in self.open:
            amount = self.open.pop(place).amount
            for purse in self.paying(place):
                purse.reserved -= amount

    # What is open may hang on chance (above), and a replay must draw the same: no rule below picks among what is open.

    @rule(place=places)
    def an_agent_dies(self, place: int) -> None:
        """What it has reserved is open until somebody else closes it."""
        self.turns[place] = tried_again(self.turns[place])

    @rule(place=places)
    def a_zombie_settles(self, place: int) -> None:
        """Under the attempt before: nothing happens."""
        if place in self.open:
            self.do(self._settle(self.turns[place], self.open[place].attempt - 1, Decimal("0.1")))

    @rule(place=places, cost=st.none() | tenths)
    def settles(self, place: int, cost: Decimal | None) -> None:
        """A new attempt finds only what is not its own, and frees it."""
        if place not in self.open:
            return
        turn, reserve = self.turns[place], self.open[place]
        self.do(self._settle(turn, turn.attempt, cost))
        if reserve.attempt == turn.attempt:
            self._settled(place, cost)
        else:
            self._released(place)

    def _settled(self, place: int, cost: Decimal | None) -> None:
        amount = self.open[place].amount
        self._released(place)
        for purse in self.paying(place):
            purse.take(amount if cost is None else min(cost, amount))

    async def _settle(self, turn: Turn, attempt: int, cost: Decimal | None) -> None:
        async with self.store.transaction() as tx:
            await tx.credit.settle(Turn(**{**vars(turn), "attempt": attempt}), cost)

    @rule(place=places)
    def gives_back(self, place: int) -> None:
        """Its agent, or the next attempt; where nothing is open, nothing happens."""
        self.do(self._release(self.turns[place]))
        self._released(place)

    @rule()
    def is_swept(self) -> None:
        """All at once, for none of these turns exists."""
        self.do(self._sweep())
        for place in list(self.open):
            self._released(place)

    async def _release(self, turn: Turn) -> None:
        async with self.store.transaction() as tx:
            await tx.credit.release(turn, "model unavailable")

    async def _sweep(self) -> None:
        async with self.store.transaction() as tx:
            while await tx.credit.release_abandoned():
                pass

    @invariant()
    def what_is_stored_is_as_expected(self) -> None:
        if not hasattr(self, "purses"):
            return
        self.do(assert_books_agree(self.store))
        for owner, purse in self.purses.items():
            found = self.do(account(self.store, owner))
            assert (found.reserved, found.available) == (purse.reserved, purse.available(self.now))
            assert found.available >= 0


def test_the_ledger_keeps_to_its_model(database_url: str) -> None:
    play(Ledger, database_url, examples=12, steps=25)
