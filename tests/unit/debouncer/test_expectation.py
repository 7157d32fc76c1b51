"""What new messages change about their conversation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from remanso.events import MessageReceived
from remanso.model.content import Content, Reaction, opens_burst
from remanso.model.message import Sender
from remanso.store.arrivals import Arrival
from remanso.store.conversations import Conversation, Expectation
from services.debouncer.intake import expectation
from tests.support.school import CHANNEL, NAME, config, person, said

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANA = person(1)
CONVERSATION = QUIET = Conversation(
    id=UUID(int=1),
    client=NAME,
    channel=CHANNEL,
    contact_id=UUID(int=2),
    reply_wa_id="1",
    reply_user_id="AR.1",
    mode="bot",
    epoch=0,
    burst_opened_at=None,
    due_at=None,
    last_inbound_at=None,
    handoff_reason=None,
    human_until=None,
    now=NOW,
)


def arrival(content: Content | str = "hola", *, ago: float = 0, sender: Sender = ANA) -> Arrival:
    envelope = said(sender, content, sent_at=NOW - timedelta(seconds=ago))
    assert isinstance(envelope.payload, MessageReceived)
    return Arrival(
        CONVERSATION.id, envelope.payload.message, NOW, envelope.id, opens_burst(envelope.payload.message.content)
    )


TIMES = {"quiet": 4, "quiet_when_finished": 1, "longest": 20}


def expect(conversation: Conversation, *arrivals: Arrival) -> Expectation:
    return expectation(conversation, arrivals, config(burst=TIMES))


def test_a_first_text_opens_a_burst() -> None:
    changed = expect(QUIET, arrival())
    assert changed.burst_opened_at == NOW
    assert changed.due_at == NOW + timedelta(seconds=4)
    assert changed.last_inbound_at == NOW


def test_the_burst_keeps_its_start_and_its_longest_wait() -> None:
    opened = NOW - timedelta(seconds=18)
    changed = expect(replace(QUIET, burst_opened_at=opened), arrival())
    assert changed.burst_opened_at == opened
    assert changed.due_at == opened + timedelta(seconds=20)


def test_a_question_is_waited_for_less() -> None:
    assert expect(QUIET, arrival("hola", ago=1), arrival("¿cuánto sale?")).due_at == NOW + timedelta(seconds=1)


def test_a_reaction_alone_starts_nothing_and_opens_no_window() -> None:
    changed = expect(QUIET, arrival(Reaction(target="w", emoji="👍")))
    assert (changed.burst_opened_at, changed.due_at, changed.last_inbound_at) == (None, None, None)


def test_a_reaction_that_the_client_answers_opens_a_burst_but_no_window() -> None:
    changed = expect(QUIET, replace(arrival(Reaction(target="w", emoji="👍")), asks=True))
    assert (changed.burst_opened_at, changed.last_inbound_at) == (NOW, None)
    assert changed.due_at == NOW + timedelta(seconds=4)


def test_a_persons_time_is_no_burst() -> None:
    """What is written then may become one when the conversation goes back: as if it began with the newest message."""
    held = replace(QUIET, mode="human", burst_opened_at=NOW - timedelta(minutes=20))
    assert expect(held, arrival()).due_at == NOW + timedelta(seconds=4)
    assert expect(held, arrival(Reaction(target="w"))).due_at is None


def test_a_clock_ahead_of_ours_gives_no_longer_window() -> None:
    assert expect(QUIET, arrival(ago=-3600)).last_inbound_at == NOW


@pytest.mark.parametrize(("ago", "reply"), [(10, "1"), (0, ANA.wa_id)])
def test_a_late_message_does_not_change_where_answers_go(ago: float, reply: str | None) -> None:
    conversation = replace(CONVERSATION, last_inbound_at=NOW - timedelta(seconds=5))
    assert expect(conversation, arrival(ago=ago)).reply_wa_id == reply


def test_who_hides_their_number_is_answered_by_user_id() -> None:
    changed = expect(CONVERSATION, arrival(sender=Sender(user_id="AR.9")))
    assert (changed.reply_wa_id, changed.reply_user_id) == (None, "AR.9")


def test_a_fixed_window_learns_nothing() -> None:
    known = replace(QUIET, rhythm=9.0, last_inbound_at=NOW - timedelta(minutes=1))
    changed = expect(known, arrival())
    assert (changed.rhythm, changed.due_at) == (None, NOW + timedelta(seconds=4))


def test_an_adaptive_window_follows_the_contact() -> None:
    """One message at a time, then a pause that was longer than the wait; behind an open turn it counts as well."""
    adaptive = config(burst={**TIMES, "adaptive": True})
    known = replace(QUIET, rhythm=3.0, last_inbound_at=NOW - timedelta(seconds=6))
    alone = expectation(known, [arrival()], adaptive)
    behind = expectation(known, [arrival()], adaptive, busy=True)
    waiting = expectation(replace(known, burst_opened_at=NOW - timedelta(seconds=6)), [arrival()], adaptive)
    assert alone.rhythm
    assert behind.rhythm
    assert alone.rhythm < 3.0 < behind.rhythm == waiting.rhythm
    assert alone.due_at == NOW + timedelta(seconds=alone.rhythm)


def test_a_person_is_no_reason_to_learn() -> None:
    adaptive = config(burst={**TIMES, "adaptive": True})
    assert expectation(replace(CONVERSATION, mode="human", rhythm=3.0), [arrival()], adaptive).rhythm is None
