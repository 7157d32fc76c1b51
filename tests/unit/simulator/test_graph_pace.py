"""Pair rate and throughput."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.simulator.graph.pace import Bucket, Limits, Pace
from services.simulator.graph.refusals import Refusal

NUMBER, ANA, BRUNO = "800000000000001", "5491155550111", "5215555550122"


def admitted(pace: Pace, contact: str, at: float) -> int:
    """0, or the code of the refusal."""
    try:
        pace.admit(NUMBER, contact, at)
    except Refusal as refusal:
        return refusal.code
    return 0


def test_a_burst_of_45_to_one_contact_then_one_every_six_seconds() -> None:
    pace = Pace()
    assert [admitted(pace, ANA, 100.0) for _ in range(46)] == [0] * 45 + [131056]
    assert admitted(pace, BRUNO, 100.0) == 0, "other contacts are not affected"
    assert admitted(pace, ANA, 105.9) == 131056
    assert [admitted(pace, ANA, 106.0), admitted(pace, ANA, 106.0)] == [0, 131056]


def test_80_a_second_from_one_number() -> None:
    pace = Pace()
    assert [admitted(pace, f"54911{i:08}", 100.0) for i in range(81)] == [0] * 80 + [130429]
    assert admitted(pace, ANA, 101.0) == 0


def test_a_refused_message_uses_up_nothing() -> None:
    pace = Pace()
    pace.reset(Limits(throughput=1000, pair_burst=1, pair_seconds=6))
    assert [admitted(pace, ANA, 100.0 + second) for second in range(7)] == [0, *[131056] * 5, 0]


def test_both_limits_are_transient() -> None:
    for code in (131056, 130429):
        assert Refusal(code).body["error"]["is_transient"] is True


@given(
    st.integers(1, 20),
    st.floats(0.1, 10),
    st.lists(st.floats(0, 60), max_size=60),
)
def test_a_bucket_never_gives_more_than_its_size_and_rate_allow(size: int, rate: float, arrivals: list[float]) -> None:
    bucket = Bucket(size, rate, 0.0)
    taken: list[float] = []
    for at in sorted(arrivals):
        if bucket.holds_one(at):
            bucket.take()
            taken.append(at)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= size + (taken[last] - start) * rate + 1e-6


@pytest.mark.parametrize("size", [1, 45])
def test_a_bucket_left_alone_is_full_and_no_fuller(size: int) -> None:
    bucket = Bucket(size, 1.0, 0.0)
    given_out = 0
    while bucket.holds_one(10_000.0):
        bucket.take()
        given_out += 1
    assert given_out == size
