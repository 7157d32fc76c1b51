"""When a burst is over."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from remanso.plugin.config import Burst
from services.debouncer.window import due_at

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
