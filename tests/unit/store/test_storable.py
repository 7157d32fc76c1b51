"""What PostgreSQL cannot hold in a text does not reach it."""

from hypothesis import given
from hypothesis import strategies as st

from remanso.store.address import asyncpg_url
from remanso.store.rows import storable

values = st.recursive(
    st.none() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=6,
)


@given(values)
def test_whatever_is_left_is_storable_and_stays_as_it_is(value: object) -> None:
    clean = storable(value)
    repr(clean).encode()
    assert "\\x00" not in repr(clean).replace("\\\\", "")
    assert storable(clean) == clean


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_good_text_is_left_alone(text: str) -> None:
    assert storable({"a": [text]}) == {"a": [text]}


def test_the_bad_characters_are_shown_as_such() -> None:
    assert storable("a\x00b\ud83dc") == "a\ufffdb\ufffdc"


def test_every_form_of_address_gets_our_driver() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        assert asyncpg_url(f"{scheme}://u:p@h/d?ssl=require") == "postgresql+asyncpg://u:p@h/d?ssl=require"
