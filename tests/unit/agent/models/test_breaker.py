"""The circuit breaker: its rules one by one, and a machine that plays any order of questions, ends and waits."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from services.agent.models.breaker import FAILURES, LONG_HOLD, WHILE_PROBED, WITHIN, Breaker, CircuitOpen, State

HOLD = 15.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def breaker(clock: Clock, chance: float = 0.0) -> Breaker:
    return Breaker(HOLD, clock=clock, chance=lambda: chance)


def fail(breaker: Breaker, times: int = FAILURES) -> list[bool]:
    return [breaker.failed(breaker.enter()) for _ in range(times)]


def test_it_opens_with_the_fifth_failure_in_a_row() -> None:
    clock = Clock()
    circuit = breaker(clock)
    assert fail(circuit) == [False] * 4 + [True]
    with pytest.raises(CircuitOpen) as closed_off:
        circuit.enter()
    assert closed_off.value.seconds == HOLD


def test_it_stays_closed_when_failures_are_rare_or_answers_come_in_between() -> None:
    clock = Clock()
    circuit = breaker(clock)
    for _ in range(3 * FAILURES):
        assert fail(circuit, 1) == [False]
        clock.now += WITHIN / (FAILURES - 1) + 0.1
    clock.now += WITHIN
    fail(circuit, FAILURES - 1)
    circuit.succeeded(circuit.enter())
    assert fail(circuit, FAILURES - 1) == [False] * 4


def test_agents_do_not_all_probe_at_once() -> None:
    circuit = breaker(Clock(), chance=0.5)
    fail(circuit)
    assert circuit.seconds_left == 1.5 * HOLD


@pytest.mark.parametrize("well", [True, False])
def test_one_probe_decides(well: bool) -> None:
    clock = Clock()
    circuit = breaker(clock)
    fail(circuit)
    clock.now += HOLD
    probe = circuit.enter()
    with pytest.raises(CircuitOpen) as wait:
        circuit.enter()
    assert wait.value.seconds == WHILE_PROBED
    assert circuit.succeeded(probe) if well else circuit.failed(probe)
    assert circuit.state == (State.CLOSED if well else State.OPEN)


def test_a_probe_that_is_cancelled_leaves_its_place_to_the_next() -> None:
    clock = Clock()
    circuit = breaker(clock)
    fail(circuit)
    clock.now += HOLD
    circuit.withdrew(circuit.enter())
    assert circuit.succeeded(circuit.enter())


def test_what_no_waiting_heals_opens_it_at_once_and_for_long() -> None:
    circuit = breaker(Clock())
    assert circuit.failed(circuit.enter(), lasting=True)
    assert circuit.seconds_left == LONG_HOLD


def test_questions_that_end_late_decide_nothing() -> None:
    clock = Clock()
    circuit = breaker(clock)
    late = [circuit.enter() for _ in range(3)]
    fail(circuit)
    assert not circuit.succeeded(late[0])
    assert circuit.seconds_left == HOLD
    clock.now += HOLD
    circuit.enter()
    assert not circuit.failed(late[1])
    assert circuit.state == State.HALF_OPEN
    assert circuit.failed(late[2], lasting=True), "but money is gone whoever finds out"


class AnyOrder(RuleBasedStateMachine):
    """A model of the promises: what was asked while it was closed off, who probes, how long it has been open."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.circuit = breaker(self.clock)
        self.in_a_row: list[float] = []
        self.open_until = 0.0
        self.open = False
        self.probe: int | None = None

    @rule(target=asked)
    def enter(self) -> tuple[int, bool]:
        try:
            era = self.circuit.enter()
        except CircuitOpen as closed_off:
            assert self.open
            assert self.clock.now < self.open_until or self.probe is not None
            assert closed_off.seconds > 0
            return -1, False
        if self.open:
            assert self.clock.now >= self.open_until
            assert self.probe is None, "two probes at a time"
            self.probe = era
        return era, True

    @rule(question=consumes(asked), lasting=st.booleans())
    def fail(self, question: tuple[int, bool], lasting: bool) -> None:
        era, entered = question
        if not entered:
            return
        counts = self.probe == era if self.open else era == self.circuit._era
        was_open = self.open and self.clock.now < self.open_until
        opened = self.circuit.failed(era, lasting=lasting)
        if lasting:
            assert opened is not was_open
            self._opens(LONG_HOLD)
        elif counts:
            self.in_a_row = [*self.in_a_row, self.clock.now][-FAILURES:]
            due = len(self.in_a_row) == FAILURES and self.clock.now - self.in_a_row[0] <= WITHIN
            assert opened is (self.open or due)
            if opened:
                self._opens(HOLD)
        else:
            assert not opened

    @rule(question=consumes(asked))
    def succeed(self, question: tuple[int, bool]) -> None:
        era, entered = question
        if not entered:
            return
        is_probe = self.open and self.probe == era
        assert self.circuit.succeeded(era) is is_probe
        if is_probe:
            self.open, self.probe, self.in_a_row = False, None, []
        elif not self.open and era == self.circuit._era:
            self.in_a_row = []

    @rule(question=consumes(asked))
    def withdraw(self, question: tuple[int, bool]) -> None:
        era, entered = question
        if entered:
            self.circuit.withdrew(era)
            if self.open and self.probe == era:
                self.probe = None

    @rule(seconds=st.sampled_from([0.5, 5.0, HOLD, WITHIN, LONG_HOLD]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    def _opens(self, hold: float) -> None:
        self.open_until = max(self.open_until, self.clock.now + hold) if self.open else self.clock.now + hold
        self.open, self.probe, self.in_a_row = True, None, []

    @invariant()
    def tells_its_state(self) -> None:
        expected = State.CLOSED
        if self.open:
            expected = State.OPEN if self.clock.now < self.open_until else State.HALF_OPEN
        assert self.circuit.state == expected
        assert self.circuit.seconds_left == (self.open_until - self.clock.now if expected == State.OPEN else 0.0)


AnyOrder.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
TestAnyOrder = AnyOrder.TestCase
