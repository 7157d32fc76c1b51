from remanso.bus.topology import QUEUES
from remanso.events import CATALOGUE


def test_every_event_that_must_not_be_lost_has_one_queue_named_for_its_reader() -> None:
    assert sorted(name for queue in QUEUES for name in queue.routing_keys) == sorted(
        set(CATALOGUE) - {"conversation.changed"}
    )
    for queue in QUEUES:
        _, _, event = queue.name.partition(".")
        assert event == queue.routing_key.replace(".", "-")


def test_arguments_are_the_set_that_means_the_same_from_3_10_to_4() -> None:
    for queue in QUEUES:
        assert queue.arguments == {
            "x-queue-type": "quorum",
            "x-delivery-limit": 500,
            "x-dead-letter-exchange": "remanso.dead",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
