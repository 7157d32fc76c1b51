"""Silence counts only after one has listened for long enough; what is in doubt waits until then."""

from dataclasses import replace

from services.sender.decision import GiveUp, SendAgain, Wait, decide
from services.sender.hearing import Hearing
from tests.unit.sender.test_decision import CONVERSATION, UNKNOWN, WINDOW


async def test_silence_means_nothing_before_the_first_look_and_after_a_loss() -> None:
    line = [True]
    hearing = Hearing(lambda: line[0], 0.0)
    assert not hearing.long_enough()
    await hearing.look()
    assert hearing.long_enough()
    line[0] = False
    await hearing.look()
    assert not hearing.long_enough()


async def test_receipts_that_wait_for_postgres_are_not_heard() -> None:
    """What came meanwhile lies in the queue: nothing is sent again before it has had its time."""
    seconds = [0.0]
    hearing = Hearing(lambda: True, 0.0)
    hearing.follow(lambda: seconds[0])
    await hearing.look()
    assert hearing.long_enough()
    seconds[0] = 60.0
    await hearing.look()
    assert not hearing.long_enough()


async def test_listening_takes_its_time() -> None:
    hearing = Hearing(lambda: True, 3600.0)
    await hearing.look()
    assert not hearing.long_enough()


def test_nothing_is_sent_again_or_given_up_unheard() -> None:
    for head, decision in ((UNKNOWN, SendAgain), (replace(UNKNOWN, resends=3), GiveUp)):
        assert decide(head, CONVERSATION, WINDOW, turn_is_open=True, heard=False) == Wait()
        assert isinstance(decide(head, CONVERSATION, WINDOW, turn_is_open=True), decision)
