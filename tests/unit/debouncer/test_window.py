"""When a burst is over."""

from datetime import UTC, datetime, timedelta
from math import exp

from hypothesis import given
from hypothesis import strategies as st

from remanso.plugin.behaviour import Burst
from services.debouncer.window import QUANTILE, STEP, due_at, learned, quiet_seconds, rhythm_after

OPENED = datetime(2026, 11, 22, 12, tzinfo=UTC)

seconds = st.floats(0.01, 3600)
waits = st.floats(0, 100_000).map(lambda wait: timedelta(seconds=wait))


@st.composite
def bursts(draw: st.DrawFn) -> Burst:
    """As client.toml allows them: a finished burst may well be waited for longer than another."""
    quiet, finished = draw(seconds), draw(seconds)
    return Burst(quiet=quiet, quiet_when_finished=finished, longest=max(quiet, finished) + draw(st.floats(0, 3600)))


@given(bursts(), st.booleans())
def test_first_message_waits_for_its_quiet_time(burst: Burst, finished: bool) -> None:
    quiet = burst.quiet_when_finished if finished else burst.quiet
    assert due_at(OPENED, OPENED, finished=finished, burst=burst) == OPENED + timedelta(seconds=quiet)


@given(bursts(), waits, st.booleans())
def test_never_later_than_the_longest_wait(burst: Burst, wait: timedelta, finished: bool) -> None:
    due = due_at(OPENED + wait, OPENED, finished=finished, burst=burst)
    assert due <= OPENED + timedelta(seconds=burst.longest)


@given(bursts(), waits, st.booleans())
def test_never_later_than_its_quiet_time(burst: Burst, wait: timedelta, finished: bool) -> None:
    now = OPENED + wait
    quiet = burst.quiet_when_finished if finished else burst.quiet
    assert due_at(now, OPENED, finished=finished, burst=burst) <= now + timedelta(seconds=quiet)


@given(bursts(), waits)
def test_in_the_past_only_when_the_longest_wait_is_over(burst: Burst, wait: timedelta) -> None:
    now = OPENED + wait
    if due_at(now, OPENED, finished=False, burst=burst) < now:
        assert wait > timedelta(seconds=burst.longest)


@given(bursts(), waits)
def test_a_finished_burst_is_not_waited_for_longer(burst: Burst, wait: timedelta) -> None:
    calm = Burst(quiet=burst.quiet, quiet_when_finished=min(burst.quiet, 1), longest=burst.longest)
    now = OPENED + wait
    assert due_at(now, OPENED, finished=True, burst=calm) <= due_at(now, OPENED, finished=False, burst=calm) or (
        calm.quiet < calm.quiet_when_finished
    )


@given(bursts(), st.lists(waits, min_size=1, max_size=20))
def test_each_message_moves_it_only_later(burst: Burst, arrivals: list[timedelta]) -> None:
    dues = [due_at(OPENED + wait, OPENED, finished=False, burst=burst) for wait in sorted(arrivals)]
    assert dues == sorted(dues)


@st.composite
def learning(draw: st.DrawFn) -> Burst:
    """A client whose window follows its contacts."""
    given_ = draw(bursts())
    return given_.model_copy(update={"adaptive": True, "shortest": draw(st.floats(0.01, given_.longest))})


rhythms = st.none() | st.floats(0.001, 10_000)
pauses = st.none() | st.floats(0, 10_000)


@given(learning(), rhythms, pauses)
def test_a_rhythm_stays_within_its_bounds(burst: Burst, rhythm: float | None, pause: float | None) -> None:
    assert burst.shortest <= learned(rhythm, pause, burst) <= burst.longest


@given(learning(), waits, rhythms, st.booleans())
def test_no_rhythm_waits_later_than_the_longest_wait(
    burst: Burst, wait: timedelta, rhythm: float | None, finished: bool
) -> None:
    due = due_at(OPENED + wait, OPENED, finished=finished, burst=burst, rhythm=rhythm)
    assert due <= OPENED + timedelta(seconds=burst.longest)


@given(learning(), rhythms, rhythms, pauses, pauses)
def test_longer_pauses_never_make_a_shorter_wait(
    burst: Burst, one: float | None, other: float | None, pause: float | None, longer: float | None
) -> None:
    """Monotonic in what was known and in what is new."""
    low, high = sorted(burst.quiet if rhythm is None else rhythm for rhythm in (one, other))
    short, long = sorted((pause, longer), key=lambda found: found or 0)
    assert learned(low, short, burst) <= learned(low, long, burst)
    assert learned(low, short, burst) <= learned(high, short, burst)
    for finished in (True, False):
        assert quiet_seconds(low, finished=finished, burst=burst) <= quiet_seconds(high, finished=finished, burst=burst)


@given(learning(), st.floats(0.001, 10_000))
def test_what_looks_finished_is_never_waited_for_longer(burst: Burst, rhythm: float) -> None:
    assert quiet_seconds(rhythm, finished=True, burst=burst) <= quiet_seconds(rhythm, finished=False, burst=burst)


@given(learning(), rhythms, st.floats(0, 10_000))
def test_a_rhythm_never_grows_beyond_the_pause_it_saw(burst: Burst, rhythm: float | None, pause: float) -> None:
    before = learned(rhythm, None, burst)
    after = learned(before, pause, burst)
    assert after <= max(before, pause)


@given(learning())
def test_who_writes_one_message_at_a_time_is_waited_for_as_little_as_allowed(burst: Burst) -> None:
    rhythm: float | None = None
    for _ in range(1000):
        rhythm = learned(rhythm, None, burst)
    assert quiet_seconds(rhythm, finished=False, burst=burst) == burst.shortest


@given(learning(), st.floats(0.01, 3600))
def test_who_pauses_in_bursts_is_waited_for_as_long_as_they_pause(burst: Burst, pause: float) -> None:
    rhythm: float | None = None
    for _ in range(100):
        rhythm = learned(rhythm, pause, burst)
    assert rhythm is not None
    assert rhythm >= min(max(pause, burst.shortest), burst.longest) * exp(-STEP * (1 - QUANTILE)) * 0.999


def test_the_fixed_window_knows_no_rhythm() -> None:
    burst = Burst(quiet=4, quiet_when_finished=1.5)
    assert [quiet_seconds(None, finished=finished, burst=burst) for finished in (False, True)] == [4, 1.5]


def test_what_teaches_a_rhythm() -> None:
    """Only pauses inside a burst; an answer between two messages, or hours, end it."""
    burst = Burst(quiet=4, quiet_when_finished=1.5, longest=20, adaptive=True)
    at = [OPENED + timedelta(seconds=seconds) for seconds in (0, 6, 3600)]

    def after(heard_at: datetime | None, *sent: datetime, going_on: bool = False) -> float | None:
        return rhythm_after(4.0, heard_at, sent, going_on=going_on, burst=burst)

    shorter, longer = learned(4.0, None, burst), learned(4.0, 6.5, burst)
    assert after(None, at[0]) == 4.0
    assert after(at[0], at[1]) == shorter
    assert after(at[0], at[1], going_on=True) == longer > 4.0 > shorter
    assert after(None, at[0], at[1]) == longer
    assert after(at[0], at[2], going_on=True) == shorter
    assert after(at[1], at[0], going_on=True) == learned(4.0, 0.5, burst), "a late one counts as no pause"
