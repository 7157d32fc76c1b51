"""Envelopes on the wire: whole, tolerant, and one bad item alone."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.events import (
    CATALOGUE,
    Envelope,
    MessageEchoed,
    MessageReceived,
    TurnReady,
    Undecodable,
    decode,
    derived_id,
    encode,
    wrap,
)
from remanso.model.message import EchoedMessage, InboundMessage, Sender
from tests.support.contents import contents, json_objects, json_values, texts

moments = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
UUID_1 = UUID(int=1)


def turn() -> Envelope:
    return wrap(TurnReady(turn_id=UUID_1), "school")


messages = st.builds(
    InboundMessage,
    channel=texts,
    wamid=texts,
    sent_at=moments,
    index=st.integers(0, 1000),
    sender=st.builds(Sender, wa_id=st.none() | texts, user_id=st.none() | texts, profile_name=st.none() | texts),
    content=contents,
    quoted=st.none() | texts,
    raw=json_objects,
)
echoes = st.builds(
    EchoedMessage,
    channel=texts,
    wamid=texts,
    sent_at=moments,
    recipient=st.builds(Sender, wa_id=st.none() | texts, user_id=st.none() | texts),
    content=contents,
    raw=json_objects,
)
plain: dict[str, st.SearchStrategy[Any]] = {"raw": json_objects, "value": json_objects, "at": moments}
events = (
    st.builds(MessageReceived, message=messages)
    | st.builds(MessageEchoed, message=echoes)
    | st.one_of(
        *(
            st.builds(kind, **{name: plain[name] for name in kind.model_fields if name in plain})
            for kind in CATALOGUE.values()
            if kind not in (MessageReceived, MessageEchoed)
        )
    )
)


@given(st.lists(st.builds(wrap, events, texts, occurred_at=moments, received_at=moments), max_size=4))
def test_what_is_encoded_is_decoded(envelopes: list[Envelope]) -> None:
    assert decode(encode(envelopes)) == envelopes


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    assert all(isinstance(item, (Envelope, Undecodable)) for item in decode(body))


@given(st.lists(json_values, max_size=5))
def test_no_json_breaks_the_reader(items: list[Any]) -> None:
    assert len(decode(json.dumps({"envelopes": items}).encode())) == len(items)


def test_nesting_without_end_is_undecodable() -> None:
    assert isinstance(decode(b'{"envelopes":' + b"[" * 200_000)[0], Undecodable)


@pytest.mark.parametrize("spoil", [{"type": "message.forgotten"}, {"payload": {}}, {"received_at": "2026-01-01T00:00"}])
def test_one_bad_item_is_undecodable_alone(spoil: dict[str, Any]) -> None:
    good = turn()
    body = json.loads(encode([good]))["envelopes"][0]
    read = decode(json.dumps({"envelopes": [body | spoil, body]}).encode())
    assert isinstance(read[0], Undecodable)
    assert read[1] == good


def test_half_a_surrogate_pair_is_undecodable_not_a_failure_later() -> None:
    """Python reads it from JSON, and nothing behind could write it again: not even the dead letter."""
    body = json.loads(encode([turn()]))["envelopes"][0]
    spoilt = b'{"envelopes":[%s]}' % json.dumps(body | {"client": "x\ud800"}).encode()
    found = decode(spoilt)[0]
    assert isinstance(found, Undecodable)
    found.content.encode()


def test_a_newer_writer_is_understood() -> None:
    body = json.loads(encode([turn()]))["envelopes"][0]
    newer = body | {"v": 2, "newer": True, "payload": body["payload"] | {"newer": True}}
    assert isinstance(decode(json.dumps({"envelopes": [newer]}).encode())[0], Envelope)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        wrap(TurnReady(turn_id=UUID_1), "c", occurred_at=datetime(2026, 1, 1))  # noqa: DTZ001


@given(st.lists(texts | st.integers() | st.none() | json_objects, max_size=4))
def test_derived_ids_repeat(parts: list[Any]) -> None:
    assert derived_id(*parts) == derived_id(*parts)
    assert len(derived_id(*parts)) == 32


@given(st.lists(texts, max_size=4), st.lists(texts, max_size=4))
def test_derived_ids_tell_apart(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


def test_derived_ids_ignore_the_order_of_keys() -> None:
    assert derived_id({"a": 1, "b": 2}) == derived_id({"b": 2, "a": 1})
