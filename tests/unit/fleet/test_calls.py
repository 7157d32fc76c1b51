"""How calls to the outside are repeated, waited for, and told when they fail."""

import bisect
from collections.abc import Callable

import httpx
import pytest

from fleet.calls import ATTEMPTS, Api, Quota
from fleet.trouble import Absent, OutsideFailed, OutsideUnavailable


def api(answer: Callable[[httpx.Request], httpx.Response]) -> tuple[Api, list[float]]:
    slept: list[float] = []
    http = httpx.Client(base_url="https://place.example", transport=httpx.MockTransport(answer))
    words = {"busy": "ask later"}
    return Api("Place", http, lambda response: ("busy", response.text), words, sleep=slept.append), slept


def answers(*given: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    left = list(given)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_a_read_is_repeated_a_creation_is_not() -> None:
    down = httpx.Response(503, text="down")
    place, slept = api(answers(down, down, httpx.Response(200, json=1)))
    assert place.get("/x") == 1
    assert len(slept) == 2
    place, slept = api(answers(down, httpx.Response(201)))
    with pytest.raises(OutsideUnavailable, match="POST /x: 503 down"):
        place.call("POST", "/x")
    assert slept == []
    place, _ = api(answers(down))
    with pytest.raises(OutsideUnavailable):
        place.get("/x")
    assert place.calls == ATTEMPTS


def test_a_limit_is_waited_for_as_long_as_the_place_says() -> None:
    limit = httpx.Response(429, headers={"retry-after": "17"})
    place, slept = api(answers(limit, httpx.Response(201, headers={"ratelimit-remaining": "41"})))
    place.call("POST", "/x")
    assert (slept, place.remaining) == ([17.0], 41)
    place, slept = api(answers(httpx.Response(403, headers={"retry-after": "3"}), httpx.Response(200, json=2)))
    assert (place.get("/x"), slept) == (2, [3.0])


def test_a_refusal_is_told_with_what_helps_and_never_with_its_query() -> None:
    place, slept = api(answers(httpx.Response(403, text="no")))
    with pytest.raises(OutsideFailed) as refused:
        place.get("/x?token=secret")
    assert (refused.value.todo, refused.value.status, slept) == ("ask later", 403, [])
    assert "secret" not in str(refused.value)
    place, _ = api(answers(httpx.Response(404)))
    with pytest.raises(Absent):
        place.get("/x")
    assert place.find("/x") is None


class Clock:
    """Stands still, but for those who sleep."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Bucket:
    """Heroku's limit: so many calls, which come back 75 a minute; what comes too early is refused."""

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock, self._size, self._left, self._at, self.refused = clock, size, float(size), 0.0, 0

    def answer(self, _: httpx.Request) -> httpx.Response:
        self._left = min(self._size, self._left + (self._clock.now - self._at) * 75 / 60)
        self._at = self._clock.now
        if self._left < 1:
            self.refused += 1
            return httpx.Response(429)
        self._left -= 1
        return httpx.Response(200, json={}, headers={"ratelimit-remaining": str(int(self._left))})


def test_what_an_hour_grants_is_never_used_up() -> None:
    """A fleet too large for one hour slows down to what comes back, and leaves a reserve."""
    clock = Clock()
    bucket = Bucket(clock, size=900)
    http = httpx.Client(base_url="https://place.example", transport=httpx.MockTransport(bucket.answer))
    pace = Quota((5, 4.0), clock=clock)
    clients = [Api("Place", http, lambda _: ("", ""), thrift=pace, sleep=clock.sleep) for _ in range(20)]
    for place in clients:
        for _ in range(70):
            place.get("/x")
            clock.sleep(0.01)
    assert bucket.refused == 0
    assert 440 < clock.now < 560, "600 of 1,400 calls at 75 a minute"


def test_what_creates_something_keeps_to_the_minute_and_to_the_hour() -> None:
    clock, at = Clock(), list[float]()
    quota = Quota((80, 60.0), (500, 3600.0), clock=clock)

    def answer(_: httpx.Request) -> httpx.Response:
        at.append(clock.now)
        return httpx.Response(201)

    http = httpx.Client(base_url="https://place.example", transport=httpx.MockTransport(answer))
    place = Api("Place", http, lambda _: ("", ""), quota=quota, sleep=clock.sleep)
    clock.now = 10_000.0
    for _ in range(1200):
        place.call("POST", "/x")
    assert max(_within(at, 60)) <= 80
    assert max(_within(at, 3600)) <= 500
    assert at[-1] - at[0] < 2 * 3600 + 10 * 60, "no slower than that needs"


def _within(at: list[float], seconds: float) -> list[int]:
    """How many there are in each span of so many seconds."""
    return [bisect.bisect_left(at, start + seconds) - number for number, start in enumerate(at)]
