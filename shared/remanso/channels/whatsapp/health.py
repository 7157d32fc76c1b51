"""Webhook fields about templates, numbers and accounts → facts (Meta docs, webhook reference, 2026).

Shapes vary: a docs sample mislabels its field, alerts come nested or flat, a ban's state may be a list. So fields are
recognised by their keys too, and what has no meaning here gives no fact; the raw report is kept in any case.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from remanso.channels.whatsapp.shapes import list_in, number_in, object_in, objects_in, text_in
from remanso.model.health import Fact, Subject, template_status

Value = dict[str, Any]


def facts_of(field: str | None, value: Value, account: str | None, at: datetime) -> list[Fact]:
    """What one change tells, at Meta's time `at`. Never raises."""
    waba = text_in(object_in(value, "waba_info"), "waba_id") or account
    if waba is None:
        return []
    if text_in(value, "message_template_name") is not None:
        return list(_template(value, waba, at))
    if field == "account_alerts":
        return [_alert(value, waba, at)]
    if field in ("account_update", "account_review_update", "business_capability_update"):
        return list(_account(field, value, waba, at))
    number = "".join(filter(str.isdigit, text_in(value, "display_phone_number") or ""))
    return list(_channel(field, value, (waba, number), at)) if number else []


def _template(value: Value, account: str, at: datetime) -> Iterator[Fact]:
    key = (account, text_in(value, "message_template_name") or "", text_in(value, "message_template_language") or "")
    event, quality = text_in(value, "event"), text_in(value, "new_quality_score")
    category = text_in(value, "new_category") or text_in(value, "message_template_category")
    if event is not None:
        yield Fact(Subject.TEMPLATE, key, "status", template_status(event), at, {"reason": _reason(value)})
    if quality is not None:
        yield Fact(Subject.TEMPLATE, key, "quality", quality, at)
    if category is not None:
        yield Fact(Subject.TEMPLATE, key, "category", category, at)
    if text_in(value, "message_template_element") is not None:
        yield Fact(Subject.TEMPLATE, key, "components", _components(value), at)


def _reason(value: Value) -> str | None:
    """Why: Meta's word, or the title of a pause. It says NONE where there is nothing to say."""
    said = (text_in(value, "reason"), text_in(object_in(value, "other_info"), "title"))
    return next((word for word in said if word not in (None, "NONE")), None)


def _components(value: Value) -> list[Value]:
    """The parts as the list of templates has them."""
    parts: list[Value] = []
    for kind, key in (("HEADER", "_title"), ("BODY", "_element"), ("FOOTER", "_footer")):
        if (text := text_in(value, f"message_template{key}")) is not None:
            parts.append({"type": kind, "text": text})
    if buttons := objects_in(value, "message_template_buttons"):
        parts.append({"type": "BUTTONS", "buttons": buttons})
    return parts


def _channel(field: str | None, value: Value, key: tuple[str, str], at: datetime) -> Iterator[Fact]:
    event, decision = text_in(value, "event"), text_in(value, "decision")
    if field == "phone_number_quality_update":
        limit = text_in(value, "max_daily_conversations_per_business") or text_in(value, "current_limit")
        if limit is not None:
            yield Fact(Subject.CHANNEL, key, "messaging_limit", limit, at)
        if event == "THROUGHPUT_UPGRADE":
            yield Fact(Subject.CHANNEL, key, "throughput", "HIGH", at)
        if event in ("FLAGGED", "UNFLAGGED"):
            yield Fact(Subject.CHANNEL, key, "status", "FLAGGED" if event == "FLAGGED" else "CONNECTED", at)
    elif field == "phone_number_name_update" and decision is not None:
        yield Fact(Subject.CHANNEL, key, "name_status", decision, at)
    elif field == "security" and event is not None:
        yield Fact(Subject.CHANNEL, key, "security", event, at)


def _account(field: str, value: Value, account: str, at: datetime) -> Iterator[Fact]:
    if field == "account_review_update":
        if (decision := text_in(value, "decision")) is not None:
            yield Fact(Subject.ACCOUNT, (account,), "review", decision, at)
    elif field == "business_capability_update":
        yield Fact(Subject.ACCOUNT, (account,), "capability", value, at)
    elif (event := text_in(value, "event")) is not None:
        yield from _update(event, value, account, at)


def _update(event: str, value: Value, account: str, at: datetime) -> Iterator[Fact]:
    key = (account,)
    match event:
        case "ACCOUNT_RESTRICTION":
            restrictions = [
                {"type": text_in(one, "restriction_type"), "expiration": number_in(one, "expiration")}
                for one in objects_in(value, "restriction_info")
            ]
            yield Fact(Subject.ACCOUNT, key, "restrictions", restrictions, at)
        case "ACCOUNT_VIOLATION":
            violation = text_in(object_in(value, "violation_info"), "violation_type")
            yield Fact(Subject.ACCOUNT, key, "violation", violation, at)
        case "DISABLED_UPDATE":
            state = _ban(object_in(value, "ban_info"))
            yield Fact(Subject.ACCOUNT, key, "standing", state, at)
            if state == "REINSTATE":
                yield Fact(Subject.ACCOUNT, key, "restrictions", [], at)
        case "ACCOUNT_DELETED" | "ACCOUNT_OFFBOARDED" | "ACCOUNT_RECONNECTED" | "PARTNER_REMOVED" | "PARTNER_ADDED":
            yield Fact(Subject.ACCOUNT, key, "standing", event, at)


def _ban(info: Value) -> str | None:
    several = [state for state in list_in(info, "waba_ban_state") if isinstance(state, str)]
    return several[-1] if several else text_in(info, "waba_ban_state")


def _alert(value: Value, account: str, at: datetime) -> Fact:
    info = object_in(value, "alert_info") or value
    told = {key: text_in(info, f"alert_{key}") for key in ("type", "severity", "status", "description")}
    told |= {"entity_type": text_in(value, "entity_type"), "entity_id": str(value.get("entity_id") or "")}
    return Fact(Subject.ACCOUNT, (account,), "alert", told, at)
