"""How long to wait before a part that was certainly not sent is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.channels.whatsapp.errors import RefusalKind
from remanso.channels.whatsapp.outcome import NotSent, Refused
from services.sender.retry import (
    LONGEST_ASKED_SECONDS,
    LONGEST_SECONDS,
    LONGEST_UNSENT_SECONDS,
    PAIR_RATE,
    delay,
    gives_up,
)

FEW = 4
attempts = st.integers(1, 10_000)


def refused(
    kind: RefusalKind, *, code: int | None = 2, tries: int | None = None, retry_after: float | None = None
) -> Refused:
    return Refused(code, 400, kind, "no", tries=tries, retry_after=retry_after)


outcomes = st.builds(NotSent, st.just("refused")) | st.builds(
    refused,
    st.sampled_from(sorted(RefusalKind)),
    code=st.sampled_from([None, 2, PAIR_RATE]),
    retry_after=st.none() | st.floats(0, allow_infinity=True),
)


@given(outcomes, attempts)
def test_never_at_once_and_never_for_ever(outcome: Refused | NotSent, attempt: int) -> None:
    assert timedelta(seconds=0.5) <= delay(outcome, attempt) <= timedelta(seconds=LONGEST_ASKED_SECONDS)


@given(st.integers(1, 30))
def test_the_longest_own_wait_is_capped(attempt: int) -> None:
    assert delay(refused(RefusalKind.RETRY), attempt) <= timedelta(seconds=LONGEST_SECONDS * 1.25)
    assert delay(NotSent("down"), attempt) <= timedelta(seconds=LONGEST_UNSENT_SECONDS * 1.25)


@given(st.floats(0, LONGEST_ASKED_SECONDS), attempts)
def test_what_the_server_asks_for_is_kept(seconds: float, attempt: int) -> None:
    assert delay(refused(RefusalKind.RETRY, retry_after=seconds), attempt) >= timedelta(seconds=seconds)


def test_the_pair_rate_is_backed_off_from_faster() -> None:
    assert delay(refused(RefusalKind.RETRY, code=PAIR_RATE), 4) > 4 * delay(refused(RefusalKind.RETRY), 4)


@pytest.mark.parametrize(
    ("kind", "tries", "attempt", "final"),
    [
        (RefusalKind.PERMANENT, None, 1, True),
        (RefusalKind.RETRY, None, 1000, False),
        (RefusalKind.RETRY, FEW, FEW - 1, False),
        (RefusalKind.RETRY, FEW, FEW, True),
        (RefusalKind.OPERATOR, None, 1000, False),
    ],
)
def test_which_refusals_are_final(kind: RefusalKind, tries: int | None, attempt: int, final: bool) -> None:
    assert gives_up(refused(kind, tries=tries), attempt) is final
