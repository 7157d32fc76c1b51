"""The janitor's list: what stays on it when the launcher's notes end."""

from hypothesis import given
from hypothesis import strategies as st

from fleet.local.janitor import listen

notes = st.lists(st.tuples(st.sampled_from("+-"), st.sampled_from(["group", "folder"]), st.sampled_from(["1", "2"])))


def test_what_was_let_go_is_no_longer_listed() -> None:
    lines = ["+ folder /tmp/a b\n", "+ group 1\n", "+ group 2\n", "- group 1\n"]
    assert listen(lines) == [("folder", "/tmp/a b"), ("group", "2")]


def test_half_a_note_counts_for_nothing() -> None:
    assert listen(["+ group 12\n", "+ group 34"]) == [("group", "12")]


@given(notes)
def test_left_is_what_was_last_taken(notes: list[tuple[str, str, str]]) -> None:
    last = {(kind, name): sign for sign, kind, name in notes}
    left = listen([f"{sign} {kind} {name}\n" for sign, kind, name in notes])
    assert set(left) == {what for what, sign in last.items() if sign == "+"}
    assert len(left) == len(set(left))
