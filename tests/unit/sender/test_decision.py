"""What may happen to the first unsettled delivery."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.model.delivery import UNSETTLED, DeliveryKind, DeliveryState
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from services.sender.decision import (
    Cancel,
    Doubt,
    GiveUp,
    Hold,
    Release,
    Send,
    SendAgain,
    Wait,
    decide,
    window_is_open,
)
from tests.support.school import CHANNEL, NAME

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINDOW = timedelta(hours=24)
MOMENT = timedelta(microseconds=1)
CONVERSATION = Conversation(
    id=UUID(int=1),
    client=NAME,
    channel=CHANNEL,
    contact_id=UUID(int=2),
    reply_wa_id="1",
    reply_user_id=None,
    mode="bot",
    epoch=3,
    burst_opened_at=None,
    due_at=None,
    last_inbound_at=NOW,
    handoff_reason=None,
    human_until=None,
    now=NOW,
)
ANSWER = Delivery(
    id=UUID(int=3),
    conversation_id=CONVERSATION.id,
    position=1,
    kind=DeliveryKind.ANSWER,
    epoch=3,
    turn_id=UUID(int=4),
    payload={},
    state=DeliveryState.PENDING,
    attempts=0,
    resends=0,
    retry_at=None,
    reconcile_at=None,
    wamid=None,
    code=None,
    reason=None,
)
FALLBACK = replace(ANSWER, kind=DeliveryKind.FALLBACK)
ASIDE = replace(ANSWER, kind=DeliveryKind.FEEDBACK, turn_id=None)
NOTICE = replace(ASIDE, kind=DeliveryKind.NOTICE)
HUMAN = replace(ANSWER, kind=DeliveryKind.HUMAN, epoch=0)
UNKNOWN = replace(ANSWER, state=DeliveryState.UNKNOWN)
OLD = replace(ANSWER, epoch=2)
SILENT = replace(CONVERSATION, last_inbound_at=NOW - WINDOW)


@pytest.mark.parametrize(
    ("head", "conversation", "decision"),
    [
        (ANSWER, CONVERSATION, Send()),
        (OLD, CONVERSATION, Cancel("a person took over")),
        (replace(OLD, state=DeliveryState.SENDING), CONVERSATION, Doubt()),
        (replace(OLD, retry_at=NOW + MOMENT), SILENT, Cancel("a person took over")),
        (HUMAN, CONVERSATION, Send()),
        (HUMAN, SILENT, Hold()),
        (ANSWER, SILENT, Hold()),
        (ANSWER, replace(CONVERSATION, last_inbound_at=None), Hold()),
        (ANSWER, replace(CONVERSATION, last_inbound_at=NOW - WINDOW + MOMENT), Send()),
        (replace(ANSWER, retry_at=NOW + MOMENT), CONVERSATION, Wait()),
        (replace(ANSWER, retry_at=NOW), CONVERSATION, Send()),
        (replace(ANSWER, state=DeliveryState.HELD), SILENT, Wait()),
        (replace(ANSWER, state=DeliveryState.HELD), CONVERSATION, Release()),
        (ASIDE, CONVERSATION, Send()),
        (NOTICE, CONVERSATION, Send()),
        (ASIDE, SILENT, Cancel("the 24-hour window is closed")),
        (NOTICE, SILENT, Cancel("the 24-hour window is closed")),
        (replace(ASIDE, state=DeliveryState.HELD), SILENT, Cancel("the 24-hour window is closed")),
        (ASIDE, replace(CONVERSATION, mode="human"), Cancel("a person took over")),
        (replace(ASIDE, epoch=2), CONVERSATION, Cancel("a person took over")),
        (replace(ASIDE, retry_at=NOW + MOMENT), CONVERSATION, Wait()),
        (replace(ASIDE, retry_at=NOW + MOMENT), SILENT, Cancel("the 24-hour window is closed")),
        (replace(ASIDE, state=DeliveryState.SENDING), SILENT, Doubt()),
        (replace(UNKNOWN, reconcile_at=NOW + MOMENT), CONVERSATION, Wait()),
        (replace(UNKNOWN, reconcile_at=NOW), CONVERSATION, SendAgain()),
        (replace(UNKNOWN, reconcile_at=NOW, resends=2), CONVERSATION, SendAgain()),
        (replace(UNKNOWN, reconcile_at=NOW, resends=3), CONVERSATION, GiveUp("sent 4 times, no receipt for any")),
    ],
)
def test_decisions(head: Delivery, conversation: Conversation, decision: object) -> None:
    assert decide(head, conversation, WINDOW, turn_is_open=True) == decision


def test_a_fallback_speaks_only_for_an_open_turn() -> None:
    assert decide(FALLBACK, CONVERSATION, WINDOW, turn_is_open=True) == Send()
    assert decide(FALLBACK, CONVERSATION, WINDOW, turn_is_open=False) == Cancel("answered meanwhile")
    assert decide(ANSWER, CONVERSATION, WINDOW, turn_is_open=False) == Send()


moments = st.none() | st.integers(-100_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
heads = st.builds(
    replace,
    st.just(ANSWER),
    state=st.sampled_from(sorted(UNSETTLED)),
    kind=st.sampled_from(sorted(DeliveryKind)),
    epoch=st.integers(2, 3),
    retry_at=moments,
    reconcile_at=moments,
    resends=st.integers(0, 3),
)


@given(heads, moments, st.booleans())
def test_nothing_starts_after_a_takeover_nor_outside_the_window(
    head: Delivery, heard_at: datetime | None, turn_is_open: bool
) -> None:
    conversation = replace(CONVERSATION, last_inbound_at=heard_at)
    if decide(head, conversation, WINDOW, turn_is_open=turn_is_open) == Send():
        assert head.state == DeliveryState.PENDING
        assert head.epoch == conversation.epoch or head.kind == DeliveryKind.HUMAN
        assert window_is_open(conversation, WINDOW)
        assert head.retry_at is None or head.retry_at <= NOW


@given(heads, st.booleans())
def test_time_and_a_message_of_the_contact_move_everything(head: Delivery, turn_is_open: bool) -> None:
    """Nothing is stuck: far in the future, with the window open, no decision is to wait."""
    later = NOW + timedelta(days=9)
    conversation = replace(CONVERSATION, now=later, last_inbound_at=later)
    assert decide(head, conversation, WINDOW, turn_is_open=turn_is_open) not in (Wait(), Hold())
