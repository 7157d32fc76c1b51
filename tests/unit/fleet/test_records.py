"""When a conversation is at rest: nothing more will happen by itself."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from fleet.local.contact import Records
from remanso.model.delivery import UNSETTLED, DeliveryState
from remanso.model.turn import TurnState
from remanso.store.deliveries import Delivery
from remanso.store.messages import LogMessage
from remanso.store.turns import Turn

NOW = datetime.now(UTC)
MESSAGE = LogMessage(uuid4(), uuid4(), "contact", {}, 1, None, None, None, None, "wamid.1", None, NOW)
TURN = Turn(uuid4(), uuid4(), "c", 1, TurnState.ANSWERED, 0, 1, 0, 0, NOW, NOW, NOW, None, None)
DELIVERY = Delivery(
    uuid4(), uuid4(), 1, "answer", 0, None, {}, DeliveryState.ACCEPTED, 1, False, None, None, "w", None, None
)
RESTING = Records(messages=[MESSAGE], turns=[TURN], deliveries=[DELIVERY])


def test_all_answered_and_sent_is_rest() -> None:
    assert RESTING.at_rest()
    assert RESTING.holds(["wamid.1"])
    assert not RESTING.holds(["wamid.1", "wamid.2"])


@pytest.mark.parametrize(
    "records",
    [
        replace(RESTING, burst_waits=True),
        replace(RESTING, turns=[replace(TURN, state=TurnState.OPEN)]),
        *(replace(RESTING, deliveries=[replace(DELIVERY, state=state)]) for state in UNSETTLED),
    ],
)
def test_anything_under_way_is_no_rest(records: Records) -> None:
    assert not records.at_rest()


def test_a_quiet_message_is_not_waited_for() -> None:
    """A reaction opens no burst: it gets its position with the next turn."""
    assert replace(RESTING, messages=[replace(MESSAGE, position=None)]).at_rest()
