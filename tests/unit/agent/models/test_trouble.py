"""What failures mean: the table of codes and statuses, read as a provider tells them."""

from typing import Any

import pytest

from services.agent.asking import ModelRefused
from services.agent.models.endpoints import retry_after
from services.agent.models.trouble import (
    CONTEXT_LENGTH_EXCEEDED,
    FILTER_CODES,
    LOST_REASONING,
    Filtered,
    Told,
    Trouble,
    meaning,
)


def kind_of(**told: Any) -> Any:
    found = meaning(Told(**told))
    assert isinstance(found, Trouble)
    return found.kind


@pytest.mark.parametrize(
    ("told", "reason", "attempts", "counts", "lasting", "operator"),
    [
        ({"status": 429, "code": "rate_limit_exceeded"}, "rate_limited", 99, False, False, False),
        ({"status": 429, "code": "slow_down"}, "rate_limited", 99, False, False, False),
        ({"status": 429}, "rate_limited", 99, False, False, False),
        ({"status": 429, "code": "credit_balance_exhausted"}, "billing", 1, False, True, True),
        ({"status": 429, "code": "project_spend_limit_exceeded"}, "billing", 1, False, True, True),
        ({"status": 429, "code": "anything", "type": "insufficient_quota"}, "billing", 1, False, True, True),
        ({"status": 503, "code": "server_is_overloaded"}, "overloaded", 99, True, False, False),
        ({"status": 500}, "server_error", 99, True, False, False),
        ({"status": 529}, "server_error", 99, True, False, False),
        ({"status": 408}, "try_again", 99, False, False, False),
        ({"status": 409}, "try_again", 99, False, False, False),
        ({"status": 401}, "authentication", 1, False, True, True),
        ({"status": 403}, "permission", 1, False, False, True),
        ({"status": 404, "code": "model_not_found"}, "model_not_found", 1, False, False, True),
        ({"status": 404}, "model_not_found", 1, False, False, True),
        ({"status": 400, "param": "reasoning_effort"}, "wrong_profile", 1, False, False, True),
        ({"status": 400, "param": "reasoning.effort"}, "wrong_profile", 1, False, False, True),
        ({"status": 400, "code": "unknown_parameter", "param": "store"}, "wrong_profile", 1, False, False, True),
    ],
    ids=str,
)
def test_kinds(told: dict[str, Any], reason: str, attempts: int, counts: bool, lasting: bool, operator: bool) -> None:
    kind = kind_of(**told)
    assert (kind.reason, kind.attempts, kind.counts) == (reason, attempts, counts)
    assert (kind.lasting, kind.operator) == (lasting, operator)


def test_an_overloaded_server_is_left_alone_for_longer() -> None:
    assert kind_of(status=503, code="server_is_overloaded").pause > kind_of(status=503).pause


@pytest.mark.parametrize("code", sorted(FILTER_CODES))
def test_filters_are_no_failure_of_ours(code: str) -> None:
    assert isinstance(meaning(Told(400, code)), Filtered)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (Told(400, "context_length_exceeded"), CONTEXT_LENGTH_EXCEEDED),
        (Told(400, None, message="This model's maximum context length is 4096 tokens."), CONTEXT_LENGTH_EXCEEDED),
        (Told(413), CONTEXT_LENGTH_EXCEEDED),
        (Told(404, None, message="Item 'rs_1' not found. Items are not persisted when …"), LOST_REASONING),
        (Told(400, "invalid_value", param="messages[3].content"), "invalid_value"),
        (Told(400, "unknown_parameter", param="messages[1].reasoning_content"), "unknown_parameter"),
        (Told(422), "http_422"),
    ],
    ids=str,
)
def test_what_can_never_work_is_refused(told: Told, code: str) -> None:
    refusal = meaning(told)
    assert isinstance(refusal, ModelRefused)
    assert refusal.code == code


THEN, NOW = "Wed, 25 Nov 2026 10:00:40 GMT", "Wed, 25 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "7", "retry-after-ms": "6500"}, 6.5),
        ({"retry-after": THEN, "date": NOW}, 40.0),
        ({"retry-after": NOW, "date": THEN}, 0.0),
        ({"retry-after": THEN}, None),
        ({"retry-after": "soon", "date": NOW}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_wait_hint_is_read_in_every_shape(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
