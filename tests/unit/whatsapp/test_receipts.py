"""Every status: recorded webhook × what it tells."""

from datetime import UTC, datetime

import pytest

from remanso.channels.whatsapp.payload import Item, parse
from remanso.events import ChannelReported, ReceiptReceived
from tests.support.whatsapp import CHANNEL, USER_ID, WA_ID, change_in, names, recorded, webhook

# status, callback, recipient, code
EXPECTED = {
    "sent": ("sent", "delivery-42", WA_ID, None),
    "delivered": ("delivered", "delivery-42", WA_ID, None),
    "read": ("read", "delivery-42", WA_ID, None),
    "played": ("played", "delivery-42", WA_ID, None),
    "deleted": ("deleted", "delivery-42", WA_ID, None),
    "future": ("admired", "delivery-42", WA_ID, None),
    "failed": ("failed", "delivery-43", WA_ID, 131047),
    "failed-odd-error": ("failed", None, WA_ID, 131026),
    "to-user-id": ("delivered", "delivery-44", USER_ID, None),
    "integer-time": ("delivered", "delivery-42", WA_ID, None),
    "group": ("delivered", None, "g1", None),
}


def item(name: str) -> Item:
    (found,) = parse(recorded(f"statuses/{name}"))
    return found


def test_every_recorded_status_is_expected_here() -> None:
    assert names("statuses") == sorted(f"statuses/{name}" for name in EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_receipt(name: str) -> None:
    found = item(name).event
    assert isinstance(found, ReceiptReceived)
    assert (found.status, found.callback, found.recipient, found.code) == EXPECTED[name]
    assert (found.channel, found.at) == (CHANNEL, datetime(2026, 9, 21, 14, 15, tzinfo=UTC))
    assert found.raw == change_in(recorded(f"statuses/{name}"))["value"]["statuses"][0]


def test_ids_tell_statuses_and_participants_apart_and_repeats_together() -> None:
    body = recorded("statuses/group")
    change_in(body)["value"]["statuses"] *= 3
    change_in(body)["value"]["statuses"][1] = {
        **change_in(body)["value"]["statuses"][0],
        "recipient_participant_id": "2",
    }
    first, other_participant, repeat = parse(body)
    assert first.event_id == repeat.event_id != other_participant.event_id
    change_in(body)["value"]["statuses"][0]["status"] = "read"
    assert parse(body)[0].event_id != first.event_id


@pytest.mark.parametrize("status", [None, 5, {}, {"id": "wamid.X", "status": "sent"}, {"id": 1, "status": "sent"}])
def test_a_malformed_status_is_reported(status: object) -> None:
    (found,) = parse(webhook(statuses=[status]))
    assert isinstance(found.event, ChannelReported)
    assert found.event.kind == "unknown_shape"
