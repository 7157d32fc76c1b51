import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.channels.whatsapp.body import DEEPEST, read_body
from remanso.errors import BadInput


@pytest.mark.parametrize("body", [b"", b"{", b"nope", b"\xff\xfe\xfa", b"[NaN]", b"[Infinity]", b"[" * 100_000])
def test_what_is_not_json_is_bad_input(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_body(body)


def test_escapes_are_read() -> None:
    assert read_body(rb'{"t":"caf\u00e9 \/ \u003C \ud83d\udc4d"}') == {"t": "café / < 👍"}


def test_what_cannot_be_stored_is_replaced_alone() -> None:
    assert read_body(rb'["a\u0000b", "\ud83d", "ok", 1e999, {"\u0000": 1}]') == ["a�b", "�", "ok", None, {"�": 1}]


def test_nesting_ends_somewhere() -> None:
    levels = DEEPEST + 200
    value = read_body(b'{"a":' * levels + b"1" + b"}" * levels)
    depth = 0
    while isinstance(value, dict):
        value, depth = value["a"], depth + 1
    assert (value, depth) == (None, DEEPEST)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_everything_else_comes_through_unchanged(value: object) -> None:
    body = json.dumps(value).encode()
    if b"\\u0000" not in body and not any(0xD800 <= ord(c) <= 0xDFFF for c in json.dumps(value, ensure_ascii=False)):
        assert read_body(body) == value
