"""Messages of every kind, as hypothesis draws them."""

from typing import Any, get_args

from hypothesis import strategies as st

from remanso.model.content import Content, Form, Location, Order, OrderItem

texts = st.text(st.characters(codec="utf-8"), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(texts, json_values, max_size=3)

_OWN: dict[type, st.SearchStrategy[Any]] = {
    Form: st.builds(Form, answers=json_objects),
    Location: st.builds(Location, latitude=numbers, longitude=numbers, name=st.none() | texts),
    Order: st.builds(Order, items=st.lists(st.builds(OrderItem, product=texts, quantity=numbers)).map(tuple)),
}
KINDS: tuple[type, ...] = get_args(get_args(Content)[0])
contents: st.SearchStrategy[Content] = st.one_of(*(_OWN.get(kind, st.builds(kind)) for kind in KINDS))
