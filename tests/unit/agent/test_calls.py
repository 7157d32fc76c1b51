"""Small rules about tool calls: their ids, their order, their results; and about money and patience."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.plugin.model_profile import Price
from remanso.store.steps import ToolCall
from services.agent.asking import Call
from services.agent.calls import in_runs
from services.agent.commit import distinct
from services.agent.desk import retry_delay
from services.agent.models.cost import cost_in_usd
from services.agent.models.pairing import LONGEST_ID
from services.agent.results import LONGEST, bounded, failure, may_retry, repeated

_IDS = st.text(alphabet="ab_1", max_size=50)


@given(st.lists(_IDS, max_size=8), st.lists(_IDS.filter(lambda made: 0 < len(made) <= LONGEST_ID), max_size=8))
def test_call_ids_become_distinct_short_and_stay_the_same_if_they_were(ids: list[str], taken: list[str]) -> None:
    asked = [Call(call_id, "look", str(place)) for place, call_id in enumerate(ids)]
    made = distinct(asked, taken)
    assert [call.arguments for call in made] == [call.arguments for call in asked]
    new = [call.call_id for call in made]
    assert len({*new, *taken}) == len(new) + len(set(taken))
    assert all(0 < len(call_id) <= LONGEST_ID for call_id in new)
    assert made == distinct(asked, taken)
    if 0 < len(ids[0] if ids else "") <= LONGEST_ID and ids[0] not in taken:
        assert new[0] == ids[0]


def _call(place: int, effect: str) -> ToolCall:
    return ToolCall(UUID(int=1), str(place), UUID(int=2), place, "x", "{}", effect, "pending", None, None)


@given(st.lists(st.sampled_from(["read", "write"]), max_size=12))
def test_neighbouring_reads_run_together_and_writes_alone(effects: list[str]) -> None:
    calls = [_call(place, effect) for place, effect in enumerate(effects)]
    runs = list(in_runs(calls))
    assert [call for run in runs for call in run] == calls
    for run in runs:
        assert len(run) == 1 or {call.effect for call in run} == {"read"}


@given(st.text(max_size=9_000))
def test_results_are_bounded_and_storable(content: str) -> None:
    result = bounded(content)
    assert len(result.encode()) <= LONGEST
    assert "\x00" not in result


def test_a_cut_result_is_still_json_and_says_so() -> None:
    for filling in ('"', "\x01", "é", "x"):
        result = bounded(filling * 20_000)
        assert 2_000 < len(result.encode()) <= LONGEST
        assert json.loads(result)["cut"] is True


@pytest.mark.parametrize(
    ("result", "again"),
    [
        (failure("timeout", "late", retryable=True), True),
        (failure("failed", "broken"), False),
        ('{"ok":true}', False),
        ("plain text", False),
        ("[1]", False),
    ],
)
def test_only_some_failures_may_be_tried_again(result: str, again: bool) -> None:
    assert may_retry(result) is again


def test_a_repeated_result_is_marked() -> None:
    assert json.loads(repeated('{"ok":true}'))["result"] == {"ok": True}
    assert json.loads(repeated("plain"))["result"] == "plain"


def test_costs_are_told_apart_by_kind_of_token() -> None:
    price = Price.model_validate(
        {"input": "0.10", "cached": "0.01", "cache_write": "0.125", "output": "0.50", "valid_from": "2026-11-01"}
    )
    cost = cost_in_usd(price, prompt=1_000_000, cached=400_000, cache_write=100_000, completion=10_000)
    assert cost == Decimal("0.05") + Decimal("0.004") + Decimal("0.0125") + Decimal("0.005")
    assert cost_in_usd(None, prompt=1, cached=0, cache_write=0, completion=1) is None
    assert cost_in_usd(price, prompt=0, cached=5, cache_write=0, completion=0) == Decimal("5e-8")


def test_a_turn_waits_longer_each_time_but_never_long() -> None:
    waits = [retry_delay(failures).total_seconds() for failures in range(6)]
    assert waits == [1, 2, 4, 8, 15, 15]
    assert retry_delay(0, 7.5) == timedelta(seconds=7.5)
    assert retry_delay(0, 120) == timedelta(seconds=120)
    assert retry_delay(0, 9999) == timedelta(seconds=900)
    assert retry_delay(1_000_000) == timedelta(seconds=15)
