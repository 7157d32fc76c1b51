"""GCRA: never faster than the limit, and nobody waits for ever."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from remanso.model.pace import PAIR_RATE, Rate, number_rate

START = datetime(2026, 11, 25, tzinfo=UTC)
rates = st.builds(Rate, st.floats(0.01, 10).map(lambda seconds: timedelta(seconds=seconds)), st.integers(1, 50))
pauses = st.lists(st.floats(0, 20), min_size=1, max_size=120)


def gone(rate: Rate, pauses: list[float]) -> list[datetime]:
    """When those who come after these pauses go, if each goes as soon as it may."""
    now, next_at, times = START, None, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        now += rate.wait(next_at, now)
        assert rate.wait(next_at, now) == timedelta()
        next_at = rate.take(next_at, now)
        times.append(now)
    return times


@given(rates, pauses)
def test_no_span_holds_more_than_burst_and_pace(rate: Rate, pauses: list[float]) -> None:
    times = gone(rate, pauses)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            room = rate.burst + (times[last] - start) / rate.interval
            assert last - first + 1 <= room + 1e-3


@given(rates, pauses)
def test_whoever_comes_waits_no_longer_than_those_before_take(rate: Rate, pauses: list[float]) -> None:
    """No starvation: with n waiting, the last goes after n intervals at most."""
    next_at = None
    for place in range(len(pauses)):
        assert rate.wait(next_at, START) <= place * rate.interval
        next_at = rate.take(next_at, START + rate.wait(next_at, START))


@given(rates, st.floats(1, 10_000))
def test_a_pause_saves_up_a_burst_and_no_more(rate: Rate, pause: float) -> None:
    next_at = rate.take(None, START)
    now = START + rate.burst * rate.interval + timedelta(seconds=pause)
    for _ in range(rate.burst):
        assert not rate.wait(next_at, now)
        next_at = rate.take(next_at, now)
    assert rate.wait(next_at, now) > timedelta()


@given(st.floats(1, 2000))
def test_a_second_never_holds_more_than_the_throughput(throughput: float) -> None:
    rate = number_rate(throughput)
    assert (
        rate.burst + timedelta(seconds=1) / rate.interval <= max(0.85 * throughput, 1 + 0.8 * throughput) * 1.001
    )  # intervals are whole microseconds


def test_six_seconds_to_one_contact_hold_less_than_a_burst_of_45() -> None:
    times = gone(PAIR_RATE, [0] * 60)
    assert max(sum(1 for t in times if start <= t < start + timedelta(seconds=6)) for start in times) <= 45
    assert times[-1] - START == (60 - PAIR_RATE.burst) * PAIR_RATE.interval


@given(rates, st.floats(1, 10))
def test_slowed_down_it_saves_nothing_up(rate: Rate, factor: float) -> None:
    slowed = rate.slowed(factor)
    assert slowed == rate if factor == 1 else (slowed.burst, slowed.depth) == (1, timedelta())
