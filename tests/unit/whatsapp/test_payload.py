"""The walk through a webhook: fields, tests, errors, identity of repeats, and bad items beside good ones."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.channels.whatsapp.body import read_body
from remanso.channels.whatsapp.payload import Item, parse, unknown_number
from remanso.events import (
    ChannelReported,
    Envelope,
    MessageEchoed,
    MessageReceived,
    PreferenceChanged,
    ReceiptReceived,
    decode,
    encode,
    wrap,
)
from remanso.model.content import Text, Unsupported
from tests.support.whatsapp import ACCOUNT, CHANNEL, FIXTURES, change_in, names, recorded, text_message, webhook

EVERYTHING = [name for folder in sorted(FIXTURES.iterdir()) for name in names(folder.name)]


def kinds(items: list[Item]) -> list[str]:
    return [item.event.kind if isinstance(item.event, ChannelReported) else item.event.type for item in items]


ABOUT_CONTACTS = {"fields/smb_message_echoes", "fields/user_preferences"}


@pytest.mark.parametrize("name", [name for name in names("fields") if name not in ABOUT_CONTACTS])
def test_every_other_field_is_reported_as_it_is(name: str) -> None:
    (item,) = parse(recorded(name))
    change = change_in(recorded(name))
    assert isinstance(item.event, ChannelReported)
    assert (item.event.kind, item.event.field, item.event.account) == ("field", change["field"], ACCOUNT)
    assert item.event.value == change["value"]
    assert item.occurred_at is not None
    assert item.occurred_at.timestamp() == 1790000000
    if "metadata" in change["value"]:
        assert item.channel == CHANNEL


def test_an_echo_is_a_persons_message_to_a_contact() -> None:
    (item,) = parse(recorded("fields/smb_message_echoes"))
    assert isinstance(item.event, MessageEchoed)
    echo = item.event.message
    assert (echo.channel, item.channel, echo.content) == (CHANNEL, CHANNEL, Text(text="desde el teléfono"))
    assert (echo.recipient.wa_id, echo.recipient.user_id) == ("5491155550199", "AR.1000000000000000001")
    assert kinds([unknown_number(item)]) == ["unknown_number"]


def test_an_echo_of_a_kind_nobody_knows_is_still_an_echo_and_of_nobody_none() -> None:
    body = recorded("fields/smb_message_echoes")
    (echo,) = change_in(body)["value"]["message_echoes"]
    change_in(body)["value"]["message_echoes"] = [{**echo, "type": "hologram"}, {**echo, "to": 1, "to_user_id": ""}]
    first, second = parse(body)
    assert isinstance(first.event, MessageEchoed)
    assert first.event.message.content == Unsupported(original="hologram")
    assert kinds([second]) == ["unknown_shape"]


@pytest.mark.parametrize(("value", "wanted"), [("stop", False), ("resume", True), ("signup", True), ("nap", None)])
def test_word_on_marketing(value: str, wanted: bool | None) -> None:
    body = recorded("fields/user_preferences")
    change_in(body)["value"]["user_preferences"][0]["value"] = value
    (item,) = parse(body)
    told = item.event.marketing if isinstance(item.event, PreferenceChanged) else None
    assert told is wanted


@pytest.mark.parametrize("name", names("dashboard"))
def test_the_dashboards_tests_are_recognised(name: str) -> None:
    assert kinds(parse(recorded(name))) == ["dashboard_test"]


@pytest.mark.parametrize(
    "value",
    [
        {"metadata": {"phone_number_id": "123456123"}, "messages": []},
        {"metadata": {"display_phone_number": "+1 650-555-1111", "phone_number_id": CHANNEL}, "messages": []},
        {"phone_number": "16505551111"},
    ],
)
def test_any_one_mark_makes_a_dashboard_test(value: dict[str, Any]) -> None:
    body = recorded("messages/text")
    change_in(body)["value"] = value
    assert kinds(parse(body)) == ["dashboard_test"]


def test_errors_of_a_value_are_reported_beside_its_messages() -> None:
    assert kinds(parse(recorded("errors/alone"))) == ["errors"]
    assert kinds(parse(recorded("errors/beside-message"))) == ["message.received", "errors"]


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_repeat_has_the_same_ids_and_survives_the_bus(name: str) -> None:
    body = recorded(name)
    shuffled_keys = json.loads(json.dumps(body, sort_keys=True))
    items = parse(body)
    assert [item.event_id for item in items] == [item.event_id for item in parse(shuffled_keys)]
    envelopes = [wrap(item.event, "emprendemy", event_id=item.event_id) for item in items]
    assert decode(encode(envelopes)) == envelopes


def test_no_two_recorded_events_share_an_id() -> None:
    ids = [item.event_id for name in EVERYTHING for item in parse(recorded(name))]
    assert len(set(ids)) == len(ids)


def test_one_message_on_two_numbers_is_two_events() -> None:
    here, there = webhook(text_message("wamid.A")), webhook(text_message("wamid.A"), channel="800000000000002")
    assert parse(here)[0].event_id != parse(there)[0].event_id


def test_a_mixed_batch_comes_out_whole_and_in_order() -> None:
    body = recorded("messages/text")
    for name in ("statuses/read", "fields/security", "messages/location", "dashboard/messages"):
        body["entry"] += recorded(name)["entry"]
    change_in(body)["value"]["messages"] *= 2
    items = parse(body)
    expected = ["message.received"] * 2 + ["receipt.received", "field", "message.received", "dashboard_test"]
    assert kinds(items) == expected
    places = [item.event.message.index for item in items if isinstance(item.event, MessageReceived)]
    assert places == sorted(set(places))


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "hello",
        5,
        {},
        {"object": "page", "entry": []},
        {**webhook(text_message("wamid.A")), "object": "instagram"},
        {"object": "whatsapp_business_account"},
        {"object": "whatsapp_business_account", "entry": {}},
        {"object": "whatsapp_business_account", "entry": [None]},
        {"object": "whatsapp_business_account", "entry": [{"id": "1"}]},
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [7]}]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages"}]}]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": 3, "value": {}}]}]},
        {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": {"x": 1}}]}]},
        {
            "object": "whatsapp_business_account",
            "entry": [{"changes": [{"field": "messages", "value": {"messages": 1}}]}],
        },
    ],
)
def test_what_nobody_knows_is_one_report(body: Any) -> None:
    assert kinds(parse(body)) == ["unknown_shape"]


def test_a_message_without_a_number_is_not_guessed() -> None:
    body = webhook(text_message("wamid.A"))
    del change_in(body)["value"]["metadata"]
    assert kinds(parse(body)) == ["unknown_shape"]


def test_a_number_of_nobody_is_a_report_with_all_of_it() -> None:
    (item,) = parse(webhook(text_message("wamid.A")))
    report = unknown_number(item)
    assert isinstance(report.event, ChannelReported)
    assert (report.event.kind, report.channel, report.event.account) == ("unknown_number", CHANNEL, ACCOUNT)
    assert report.event.value == text_message("wamid.A")
    assert report.event_id != item.event_id
    assert unknown_number(report) == report


KEYS = sorted(
    {"object", "entry", "id", "changes", "field", "value", "metadata", "phone_number_id", "messages", "statuses"}
    | {"errors", "contacts", "from", "from_user_id", "timestamp", "type", "text", "body", "image", "context"}
    | {"interactive", "nfm_reply", "response_json", "system", "order"}
)
WORDS = ["text", "image", "wamid.X", "1790000000", "AR.1", CHANNEL]
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from(WORDS)
JSON = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)


def through_the_door(value: Any) -> list[Envelope]:
    """As the ingress does it, up to the bytes on the bus."""
    items = parse(read_body(json.dumps(value, allow_nan=False).encode()))
    envelopes = [wrap(item.event, "emprendemy", event_id=item.event_id) for item in items]
    assert decode(encode(envelopes)) == envelopes
    return envelopes


def finite(value: Any) -> Any:
    """JSON has no infinite numbers; what Python would write for them is not JSON."""
    return json.loads(json.dumps(value), parse_constant=lambda _: None)


@given(JSON)
def test_any_json_is_read(value: Any) -> None:
    through_the_door(finite(value))
    through_the_door({"object": "whatsapp_business_account", "entry": [{"changes": [finite(value)]}]})


@given(st.lists(JSON, min_size=1, max_size=3), st.sampled_from(["messages", "statuses"]))
def test_junk_beside_a_good_item_spoils_nothing(junk: list[Any], key: str) -> None:
    good = text_message("wamid.GOOD")
    status = {"id": "wamid.OUT", "status": "read", "timestamp": "1790000000"}
    parts: dict[str, list[Any]] = {"messages": [good], "statuses": [status]}
    parts[key] = [*finite(junk), *parts[key], *finite(junk)]
    events = [
        envelope.payload
        for envelope in through_the_door(webhook(messages=parts["messages"], statuses=parts["statuses"]))
    ]
    assert any(isinstance(event, MessageReceived) and event.message.wamid == "wamid.GOOD" for event in events)
    assert any(isinstance(event, ReceiptReceived) and event.wamid == "wamid.OUT" for event in events)
    assert len(events) == 2 + 2 * len(junk)


@given(st.sampled_from(EVERYTHING), st.data())
def test_junk_anywhere_in_a_real_webhook_is_read(name: str, data: st.DataObject) -> None:
    body = copy.deepcopy(recorded(name))
    holder, key = data.draw(st.sampled_from(list(places_in(body))))
    holder[key] = finite(data.draw(JSON))
    through_the_door(body)


def places_in(value: Any) -> Any:
    """(container, key) of every value inside."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from places_in(inner)
