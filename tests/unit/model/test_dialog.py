"""One order for everything in a conversation, and who may see what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.model.delivery import DeliveryState
from remanso.model.dialog import Entry, EntryKind, Part, Visibility, arranged, seen_by_contact, visible
from remanso.model.message import Author

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(second: int, kind: EntryKind = EntryKind.MESSAGE, words: str = "hola", **more: Any) -> Entry:
    given: dict[str, Any] = {"visibility": Visibility.CONTACT, "author": Author.CONTACT} | more
    return Entry(kind=kind, at=NOON + timedelta(seconds=second), content={"kind": "text", "text": words}, **given)


def test_calls_and_texts_stand_behind_the_step_they_belong_to() -> None:
    asked = entry(0, position=1, fate="turn")
    late = entry(11, words="¿hola?", position=4, fate="turn")
    step = entry(10, words="", position=2, author=Author.BOT)
    call = entry(10, EntryKind.TOOL_CALL, position=2)
    verbatim = entry(12, EntryKind.TEXT, author=Author.BOT)
    answer = entry(13, words="Listo.", position=3, author=Author.BOT)
    taken = entry(20, EntryKind.TAKEN_OVER)
    before = entry(-5, EntryKind.HANDED_BACK)
    given = [taken, answer, verbatim, call, late, step, asked, before]
    assert arranged(given) == [before, asked, call, verbatim, answer, late, taken]


def test_what_waits_comes_last_and_what_was_dropped_where_it_came() -> None:
    """Behind what waits stands what happened since: there it stays when that gets its place."""
    waits = entry(1, words="espero")
    dropped = entry(2, words="uno más", fate="dropped", reason="flood")
    said = [entry(0, position=1, fate="turn"), entry(5, position=2, author=Author.BOT)]
    handed = entry(6, EntryKind.HANDED_OFF)
    assert arranged([waits, dropped, handed, *said]) == [said[0], said[1], waits, dropped, handed]
    placed = replace(waits, position=3, fate="turn")
    assert arranged([placed, dropped, handed, *said]) == [said[0], dropped, said[1], placed, handed]


def test_a_note_stands_between_two_messages_that_wait() -> None:
    first, note, second = entry(1), entry(2, EntryKind.NOTE), entry(3)
    assert arranged([second, note, first, entry(0, position=1)])[1:] == [first, note, second]


placed = st.builds(
    lambda second, position: entry(second, position=position, fate="turn"), st.integers(0, 50), st.integers(1, 99)
)
unplaced = st.builds(
    entry, st.integers(0, 50), st.sampled_from([EntryKind.TEXT, EntryKind.DRAFT, EntryKind.TAKEN_OVER])
)


@given(st.lists(placed, unique_by=lambda made: made.position, max_size=8), st.lists(unplaced, max_size=8))
def test_the_log_keeps_its_order_and_nothing_is_lost(log: list[Entry], others: list[Entry]) -> None:
    order = arranged([*others, *log])
    assert len(order) == len(log) + len(others)
    assert [made.position for made in order if made.position] == sorted(made.position or 0 for made in log)
    times = [made.at for made in order if made.position is None]
    assert times == sorted(times), "what has no place of its own stands in the order of time"


@pytest.mark.parametrize(("to", "seen"), [("contact", 1), ("team", 2), ("operator", 3)])
def test_each_sees_what_those_before_see(to: str, seen: int) -> None:
    entries = [entry(0, visibility=visibility) for visibility in Visibility]
    assert visible(entries, Visibility(to)) == entries[:seen]


@pytest.mark.parametrize(
    ("states", "visibility"),
    [
        (["pending"], Visibility.CONTACT),
        (["delivered", "cancelled"], Visibility.CONTACT),
        (["unknown"], Visibility.CONTACT),
        (["cancelled", "failed"], Visibility.TEAM),
        ([], Visibility.TEAM),
    ],
)
def test_the_contact_saw_what_may_have_gone_out(states: list[str], visibility: Visibility) -> None:
    assert seen_by_contact([Part(UUID(int=1), DeliveryState(state)) for state in states]) == visibility
