"""A webhook body → the events it tells, one for each message, status and other change.

`entry[]` → `changes[]` → `messages[]`, `statuses[]`, `errors[]`; every element is read alone. What cannot be read
becomes a `ChannelReported`, so that nothing is lost and nothing spoils its neighbours.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from remanso.channels.whatsapp.content import UnknownType
from remanso.channels.whatsapp.dashboard import is_dashboard_test
from remanso.channels.whatsapp.messages import echoed_message, inbound_message
from remanso.channels.whatsapp.people import preferring
from remanso.channels.whatsapp.receipts import receipt, receipt_id, trace_of
from remanso.channels.whatsapp.shapes import LONGEST_ID, Malformed, needed_id, needed_moment, object_in
from remanso.events import (
    ChannelReported,
    MessageEchoed,
    MessageReceived,
    PreferenceChanged,
    ReceiptReceived,
    ReportKind,
    derived_id,
)

OBJECT = "whatsapp_business_account"
Told = MessageReceived | MessageEchoed | PreferenceChanged | ReceiptReceived | ChannelReported


@dataclass(frozen=True)
class Item:
    """One event of a webhook."""

    event: Told
    event_id: str
    """Derived from Meta's own ids: a repeated webhook gives the same."""
    account: str | None = None
    """The entry's id: the WhatsApp Business Account, for some fields the business portfolio."""
    occurred_at: datetime | None = None
    """Meta's time, where it gives one."""
    traceparent: str | None = None
    """The trace that it goes on with: of a receipt, its message's sending."""

    @property
    def channel(self) -> str | None:
        """The phone_number_id it belongs to, where it names one."""
        event = self.event
        return event.message.channel if isinstance(event, MessageReceived | MessageEchoed) else event.channel


@dataclass(frozen=True)
class Change:
    """One element of `changes[]`, and the entry it stands in."""

    account: str | None
    time: object
    field: str | None = None
    value: dict[str, Any] | None = None

    @property
    def channel(self) -> str | None:
        found = object_in(self.value or {}, "metadata").get("phone_number_id")
        return found if isinstance(found, str) and 0 < len(found) <= LONGEST_ID else None

    @property
    def occurred_at(self) -> datetime | None:
        try:
            return needed_moment({"time": self.time}, "time")
        except Malformed:
            return None

    def report(self, kind: ReportKind, value: object, detail: str | None = None) -> Item:
        """What a person may have to look at; `value` is the part of the payload it is about.

        Errors of a value repeat word for word; what they stand beside tells them apart.
        """
        event = ChannelReported(
            kind=kind,
            field=self.field,
            channel=self.channel,
            account=self.account,
            value=value if isinstance(value, dict) else {"value": value},
            detail=detail,
        )
        told = self.value if kind == "errors" else value
        identity = derived_id("report", self.account, self.field, self.time, self.channel, told)
        return Item(event, identity, self.account, self.occurred_at)


def parse(body: Any) -> list[Item]:
    """Everything a webhook tells, in its order. `body` is JSON as `read_body` gives it. Never raises."""
    if not isinstance(body, dict) or body.get("object") != OBJECT:
        return [Change(None, None).report("unknown_shape", body, f"not about a {OBJECT}")]
    places = count()
    entries = _elements(body, "entry")
    return [
        item for entry in entries for change in _elements(entry, "changes") for item in _read(entry, change, places)
    ]


_FIELDS: dict[type[Told], str] = {MessageEchoed: "smb_message_echoes", PreferenceChanged: "user_preferences"}


def unknown_number(item: Item) -> Item:
    """`item` as a report that its number is nobody's: seen by a person, never part of a conversation."""
    if isinstance(item.event, ChannelReported):
        return item
    told = item.event.message if isinstance(item.event, MessageReceived | MessageEchoed) else item.event
    raw, field = told.raw, _FIELDS.get(type(item.event), "messages")
    event = ChannelReported(kind="unknown_number", field=field, channel=item.channel, account=item.account, value=raw)
    return Item(event, derived_id("unknown_number", item.event_id), item.account, item.occurred_at)


def _elements(holder: Any, key: str) -> list[Any]:
    """The list under `key`. Where there is none, the holder itself: it will be reported as what it is."""
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else [holder]


def _read(entry: Any, change: Any, places: Iterator[int]) -> Iterator[Item]:
    account = entry.get("id") if isinstance(entry, dict) else None
    account = str(account)[:LONGEST_ID] if isinstance(account, (str, int)) else None
    time = entry.get("time") if isinstance(entry, dict) else None
    field, value = (change.get("field"), change.get("value")) if isinstance(change, dict) else (None, None)
    if not isinstance(field, str) or not isinstance(value, dict):
        yield Change(account, time).report("unknown_shape", change, "no change with field and value")
    else:
        yield from _told(Change(account, time, field[:LONGEST_ID], value), value, places)


def _told(change: Change, value: dict[str, Any], places: Iterator[int]) -> Iterator[Item]:
    """The items of a change whose frame is sound.

    Beside `messages` the echoes and preferences speak of contacts. What `history` and `smb_app_state_sync` bring is
    old, and becomes a report alone.
    """
    if is_dashboard_test(change.account, value):
        yield change.report("dashboard_test", value)
    elif change.field == "smb_message_echoes" and "message_echoes" in value:
        yield from _each(change, value, "message_echoes", _echo_item, places)
    elif change.field == "user_preferences" and "user_preferences" in value:
        yield from _each(change, value, "user_preferences", _preference_item, places)
    elif change.field != "messages":
        yield change.report("field", value)
    elif not value.keys() & {"messages", "statuses", "errors"}:
        yield change.report("unknown_shape", value, "neither messages nor statuses nor errors")
    else:
        yield from _each(change, value, "messages", _message_item, places)
        yield from _each(change, value, "statuses", _receipt_item, places)
        if value.get("errors"):
            yield change.report("errors", {"errors": value["errors"]})


Reader = Callable[[dict[str, Any], dict[str, Any], str, int], Item]


def _each(change: Change, value: dict[str, Any], key: str, read: Reader, places: Iterator[int]) -> Iterator[Item]:
    """Every element under `key`, read or, where that fails, reported: each one alone."""
    found = value.get(key, [])
    for element in found if isinstance(found, list) else [found]:
        try:
            if not isinstance(element, dict):
                raise Malformed("not an object")
            channel = needed_id(object_in(value, "metadata"), "phone_number_id")
            yield replace(read(element, value, channel, next(places)), account=change.account)
        except UnknownType as problem:
            yield change.report("unknown_type", {key: [element]}, str(problem))
        except Malformed as problem:
            yield change.report("unknown_shape", {key: [element]}, str(problem))


def _message_item(message: dict[str, Any], value: dict[str, Any], channel: str, index: int) -> Item:
    found = inbound_message(message, value, channel, index)
    return Item(MessageReceived(message=found), derived_id("message", channel, found.wamid), occurred_at=found.sent_at)


def _echo_item(echo: dict[str, Any], value: dict[str, Any], channel: str, index: int) -> Item:
    found = echoed_message(echo, value, channel, index)
    return Item(MessageEchoed(message=found), derived_id("echo", channel, found.wamid), occurred_at=found.sent_at)


def _preference_item(preference: dict[str, Any], value: dict[str, Any], channel: str, _index: int) -> Item:
    """Only marketing can be refused so far (Meta docs, user_preferences, 2026); `signup`, `resume` allow it again."""
    wanted = {"stop": False, "resume": True, "signup": True}.get(needed_id(preference, "value"))
    if preference.get("category") != "marketing_messages" or wanted is None:
        raise UnknownType("a preference that nobody here knows")
    at = needed_moment(preference, "timestamp")
    contact = preferring(preference, value)
    event = PreferenceChanged(channel=channel, contact=contact, marketing=wanted, at=at, raw=preference)
    return Item(event, derived_id("preference", channel, preference), occurred_at=at)


def _receipt_item(status: dict[str, Any], _value: dict[str, Any], channel: str, _index: int) -> Item:
    found = receipt(status, channel)
    return Item(found, receipt_id(status), occurred_at=found.at, traceparent=trace_of(status))
