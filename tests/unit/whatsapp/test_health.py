"""Each field of Meta's about templates, numbers and accounts becomes the facts it tells, in whatever shape it comes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.channels.whatsapp.health import facts_of
from remanso.model.health import Standing, template_status

AT = datetime(2026, 11, 22, tzinfo=UTC)
FIXTURES = Path(__file__).parents[2] / "fixtures/whatsapp/fields"
NAMED = {"message_template_name": "ready", "message_template_language": "en_US"}
NUMBER = {"display_phone_number": "+1 555-010-0001"}

TOLD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "message_template_status_update",
        NAMED | {"event": "PAUSED", "reason": "NONE", "other_info": {"title": "FIRST_PAUSE"}},
        {"status": "PAUSED"},
    ),
    ("message_template_status_update", NAMED | {"event": "REINSTATED", "reason": None}, {"status": "APPROVED"}),
    (
        "message_template_status_update",
        NAMED | {"event": "REJECTED", "message_template_category": "UTILITY"},
        {"status": "REJECTED", "category": "UTILITY"},
    ),
    ("mislabelled", NAMED | {"new_quality_score": "RED", "previous_quality_score": "GREEN"}, {"quality": "RED"}),
    (
        "template_category_update",
        NAMED | {"new_category": "MARKETING", "correct_category": "UTILITY"},
        {"category": "MARKETING"},
    ),
    (
        "message_template_components_update",
        NAMED | {"message_template_element": "Hi"},
        {"components": [{"type": "BODY", "text": "Hi"}]},
    ),
    (
        "phone_number_quality_update",
        NUMBER | {"event": "ONBOARDING", "max_daily_conversations_per_business": "TIER_2K", "current_limit": "TIER_1K"},
        {"messaging_limit": "TIER_2K"},
    ),
    (
        "phone_number_quality_update",
        NUMBER | {"event": "FLAGGED", "current_limit": "TIER_10K"},
        {"messaging_limit": "TIER_10K", "status": "FLAGGED"},
    ),
    ("phone_number_quality_update", NUMBER | {"event": "THROUGHPUT_UPGRADE"}, {"throughput": "HIGH"}),
    ("phone_number_name_update", NUMBER | {"decision": "DEFERRED"}, {"name_status": "DEFERRED"}),
    ("security", NUMBER | {"event": "PIN_CHANGED", "requester": "4"}, {"security": "PIN_CHANGED"}),
    (
        "account_update",
        {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "X", "expiration": "1790600000"}]},
        {"restrictions": [{"type": "X", "expiration": 1790600000.0}]},
    ),
    (
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["SCHEDULE_FOR_DISABLE", "DISABLE"]}},
        {"standing": "DISABLE"},
    ),
    (
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}},
        {"standing": "REINSTATE", "restrictions": []},
    ),
    (
        "account_update",
        {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}},
        {"violation": "SCAM"},
    ),
    ("account_update", {"event": "AD_ACCOUNT_LINKED"}, {}),
    ("account_review_update", {"decision": "REJECTED"}, {"review": "REJECTED"}),
    (
        "business_capability_update",
        {"max_phone_numbers_per_waba": -1},
        {"capability": {"max_phone_numbers_per_waba": -1}},
    ),
    ("flows", {"event": "FLOW_STATUS_CHANGE"}, {}),
]


@pytest.mark.parametrize(("field", "value", "told"), TOLD)
def test_what_a_field_tells(field: str, value: dict[str, Any], told: dict[str, Any]) -> None:
    assert {fact.aspect: fact.value for fact in facts_of(field, value, "9", AT)} == told


def test_a_pause_says_why() -> None:
    (fact,) = facts_of(TOLD[0][0], TOLD[0][1], "9", AT)
    assert (fact.key, fact.more) == (("9", "ready", "en_US"), {"reason": "FIRST_PAUSE"})


@pytest.mark.parametrize("nested", [True, False])
def test_alerts_come_nested_or_flat(nested: bool) -> None:
    told = {"alert_type": "OBA_APPROVED", "alert_severity": "INFORMATIONAL", "alert_status": "NONE"}
    value = {"entity_type": "WABA", "entity_id": 7} | ({"alert_info": told} if nested else told)
    (fact,) = facts_of("account_alerts", value, "9", AT)
    assert (fact.value["type"], fact.value["severity"], fact.value["entity_id"]) == (
        "OBA_APPROVED",
        "INFORMATIONAL",
        "7",
    )


def test_a_partners_update_names_its_account_itself() -> None:
    (fact,) = facts_of("account_update", {"event": "PARTNER_REMOVED", "waba_info": {"waba_id": "77"}}, "portfolio", AT)
    assert fact.key == ("77",)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_metas_samples_are_read(path: Path) -> None:
    for entry in json.loads(path.read_text())["entry"]:
        for change in entry["changes"]:
            facts_of(change["field"], change["value"], entry["id"], AT)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = sorted({key for _, value, _ in TOLD for key in value})


@given(
    st.sampled_from([field for field, _, _ in TOLD]),
    st.dictionaries(st.sampled_from(KEYS), json_values),
    st.none() | st.text(),
)
def test_nothing_breaks_it(field: str, value: dict[str, Any], account: str | None) -> None:
    facts_of(field, value, account, AT)


@pytest.mark.parametrize("event", ["PAUSED", "DISABLED", "REJECTED", "FLAGGED", "LOCKED", "ARCHIVED", "DELETED", "NEW"])
def test_only_approved_ones_may_be_sent(event: str) -> None:
    assert not Standing(template_status(event), None).may_be_sent
    assert all(Standing(template_status(good), None).may_be_sent for good in ("APPROVED", "REINSTATED", "UNPAUSED"))
