"""How calls to the outside are repeated, waited for, and told when they fail."""

from collections.abc import Callable

import httpx
import pytest

from fleet.calls import ATTEMPTS, Api
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
