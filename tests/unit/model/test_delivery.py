"""What a receipt may do to a delivery."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.model.delivery import RECEIPTS, UNSETTLED, DeliveryState, after_receipt
from remanso.model.delivery import DeliveryState as D

receipts = st.lists(st.sampled_from(sorted(RECEIPTS)), min_size=1, max_size=8)
states = st.sampled_from(sorted(DeliveryState))


@given(states, receipts, st.randoms())
def test_any_order_and_any_repetition_ends_alike(state: D, told: list[D], random: object) -> None:
    shuffled = [*told, *told]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert reduce(after_receipt, told, state) == reduce(after_receipt, shuffled, state)


@given(states, receipts)
def test_whatever_arrived_stays_arrived(state: D, told: list[D]) -> None:
    arrived = {D.DELIVERED, D.READ, D.PLAYED}
    end = reduce(after_receipt, told, state)
    assert (end in arrived) == bool(arrived & {state, *told})


@given(receipts)
def test_failed_counts_only_while_nothing_arrived(told: list[D]) -> None:
    end = reduce(after_receipt, told, D.ACCEPTED)
    assert (end == D.FAILED) == (D.FAILED in told and not {D.DELIVERED, D.READ, D.PLAYED} & set(told))


@given(states, receipts)
def test_any_receipt_settles(state: D, told: list[D]) -> None:
    assert reduce(after_receipt, told, state) not in UNSETTLED


@pytest.mark.parametrize("state", sorted(UNSETTLED | {D.ACCEPTED, D.CANCELLED}))
def test_a_receipt_outruns_our_own_records(state: D) -> None:
    assert after_receipt(state, D.SENT) == D.SENT
