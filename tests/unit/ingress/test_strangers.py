from services.ingress.strangers import MOST_ADDRESSES, MOST_WRONG, WITHIN_SECONDS, Strangers


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_wrong_too_often_within_a_minute() -> None:
    clock = Clock()
    strangers = Strangers(clock)
    for _ in range(MOST_WRONG):
        assert not strangers.is_one("1.2.3.4")
        strangers.was_wrong("1.2.3.4")
    assert strangers.is_one("1.2.3.4")
    assert not strangers.is_one("1.2.3.5")
    clock.now += WITHIN_SECONDS + 1
    assert not strangers.is_one("1.2.3.4")
    strangers.was_wrong("1.2.3.4")
    assert not strangers.is_one("1.2.3.4"), "a new minute begins with one"


def test_a_network_of_one_host_is_one_address() -> None:
    strangers = Strangers()
    for last in range(MOST_WRONG):
        strangers.was_wrong(f"2001:db8::{last:x}")
    assert strangers.is_one("2001:db8::ffff")
    assert not strangers.is_one("2001:db8:0:1::1")


def test_memory_is_bounded() -> None:
    strangers = Strangers()
    for number in range(MOST_ADDRESSES + 50):
        strangers.was_wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(strangers._counts) == MOST_ADDRESSES
