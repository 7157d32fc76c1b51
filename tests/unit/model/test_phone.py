"""National spellings of one number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.channels.whatsapp.people import alternates
from remanso.model.phone import one_spelling, other_spellings


@pytest.mark.parametrize(
    ("number", "others"),
    [
        ("5491155550111", ("541155550111",)),
        ("541155550111", ("5491155550111",)),
        ("5215555550122", ("525555550122",)),
        ("525555550122", ("5215555550122",)),
        ("551187654321", ("5511987654321",)),
        ("5511987654321", ("551187654321",)),
        ("551134567890", ()),  # a landline of São Paulo
        ("5511934567890", ()),  # what is left would be a landline
        ("34600000133", ()),
        ("", ()),
    ],
)
def test_how_else_a_number_is_written(number: str, others: tuple[str, ...]) -> None:
    assert other_spellings(number) == others == alternates(number)


@given(st.from_regex(r"(54|549|52|521|55)\d{8,11}", fullmatch=True))
def test_spellings_go_both_ways_and_have_one_key(number: str) -> None:
    for other in other_spellings(number):
        assert number in other_spellings(other)
        assert one_spelling(other) == one_spelling(number)
