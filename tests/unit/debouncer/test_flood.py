"""How many messages of one contact are too many."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.events import MessageReceived
from remanso.plugin.behaviour import Flood
from remanso.store.arrivals import Arrival
from services.debouncer.flood import TURNS_PER_DAY, TURNS_PER_HOUR, beyond_limit, flood_span, limit_of_turns
from tests.support.school import person, said

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONVERSATION = UUID(int=1)


def arrivals(offsets: list[int]) -> list[Arrival]:
    """Messages sent that many seconds after START, in this order of arrival."""
    found = []
    for place, offset in enumerate(offsets):
        envelope = said(person(1), sent_at=START + timedelta(seconds=offset), wamid=f"w{place}")
        assert isinstance(envelope.payload, MessageReceived)
        received = START + timedelta(hours=1, seconds=place)
        found.append(Arrival(CONVERSATION, envelope.payload.message, received, envelope.id))
    return found


offsets = st.lists(st.integers(-1000, 1000), min_size=1, max_size=30)


@given(offsets, st.integers(1, 50))
def test_the_span_ends_with_the_newest(seconds: list[int], length: int) -> None:
    found, after, until = flood_span(arrivals(seconds), Flood(messages=1, seconds=length))
    assert found == CONVERSATION
    assert until == START + timedelta(seconds=max(seconds))
    assert until - after == timedelta(seconds=length)


@given(offsets, st.integers(0, 100), st.integers(1, 50))
def test_exactly_the_excess_is_dropped_and_it_is_the_newest(seconds: list[int], earlier: int, limit: int) -> None:
    batch = arrivals(seconds)
    count = earlier + len(batch)
    dropped = beyond_limit(batch, count, Flood(messages=limit, seconds=60))
    assert len(dropped) == min(len(batch), max(0, count - limit))
    kept = [arrival for arrival in batch if arrival not in dropped]
    if kept and dropped:
        newest_kept = max(a.message.order_key(a.received_at) for a in kept)
        assert newest_kept <= min(a.message.order_key(a.received_at) for a in dropped)


def test_hours_of_messages_delivered_at_once_are_no_flood() -> None:
    """After an outage Meta delivers them within a second: by its own clock they are far apart."""
    batch = arrivals([60 * minute for minute in range(100)])
    _, after, until = flood_span(batch, Flood(messages=40, seconds=60))
    inside = [arrival for arrival in batch if after < arrival.message.sent_at <= until]
    assert beyond_limit(batch, len(inside), Flood(messages=40, seconds=60)) == []


@pytest.mark.parametrize(
    ("in_hour", "in_day", "limit"),
    [
        (2, 4, None),
        (3, 4, TURNS_PER_HOUR),
        (2, 5, TURNS_PER_DAY),
        (3, 5, TURNS_PER_DAY),
    ],
)
def test_the_turns_of_an_hour_and_of_a_day(in_hour: int, in_day: int, limit: object) -> None:
    assert limit_of_turns(in_hour, in_day, Flood(turns_per_hour=3, turns_per_day=5)) == limit


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_no_limit_of_turns_where_the_client_wants_none(in_hour: int, in_day: int) -> None:
    assert limit_of_turns(in_hour, in_day, Flood(turns_per_hour=0, turns_per_day=0)) is None
