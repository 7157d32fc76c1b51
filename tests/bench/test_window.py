"""What the replay says of the adaptive window, and that the default follows from it."""

from remanso.plugin.behaviour import Burst
from tests.bench.window import ADAPTIVE, FIXED, better, measure, people, replay

CONVERSATIONS = people(seed=7, conversations=1_000)
FOUND, LEARNED = measure(CONVERSATIONS, FIXED), measure(CONVERSATIONS, ADAPTIVE)


def test_the_same_people_meet_both_windows() -> None:
    assert {name: measured.bursts for name, measured in FOUND.items()} == {
        name: measured.bursts for name, measured in LEARNED.items()
    }


def test_a_window_longer_than_every_pause_cuts_nothing() -> None:
    patient = Burst(quiet=600, quiet_when_finished=600, longest=6000)
    assert sum(replay(conversation, patient).cut for conversation in CONVERSATIONS[:100]) == 0


def test_a_window_of_nothing_cuts_every_burst_of_several_messages() -> None:
    hasty = Burst(quiet=0.001, quiet_when_finished=0.001, longest=0.001)
    several = [sum(len(burst) > 1 for burst in found.bursts) for found in CONVERSATIONS[:100]]
    assert [replay(conversation, hasty).cut for conversation in CONVERSATIONS[:100]] == several


def test_it_waits_less_where_one_message_comes_at_a_time_and_cuts_less_where_bursts_do() -> None:
    one, many = "one message at a time", "slow typist"
    assert LEARNED[one].median < FOUND[one].median
    assert LEARNED[many].split_rate < FOUND[many].split_rate
    assert LEARNED["all"].median < FOUND["all"].median
    assert LEARNED["all"].split_rate < FOUND["all"].split_rate


def test_it_is_the_default_only_if_it_is_better_in_every_figure() -> None:
    assert Burst().adaptive is better(FOUND["all"], LEARNED["all"])
