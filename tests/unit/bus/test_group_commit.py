import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest

from remanso.bus import group_commit
from remanso.bus.group_commit import Lane
from remanso.errors import PublishFailed, Unroutable
from remanso.events import Envelope, decode
from tests.support.events import turn_ready, turns_ready


class Post:
    """Takes messages as the broker would; `gate` closed, it leaves them unconfirmed."""

    def __init__(self, *errors: Exception) -> None:
        self.bodies: list[bytes] = []
        self.called = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.errors = list(errors)

    async def __call__(self, body: bytes, envelopes: Sequence[Envelope], deadline: float) -> None:
        self.bodies.append(body)
        self.called.set()
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)

    @property
    def messages(self) -> list[list[str]]:
        """The ids in each message."""
        return [[item.id for item in decode(body) if isinstance(item, Envelope)] for body in self.bodies]


def ids(envelopes: Sequence[Envelope]) -> list[str]:
    return [envelope.id for envelope in envelopes]


async def test_alone_it_goes_at_once() -> None:
    post, envelope = Post(), turn_ready()
    await Lane(post).enter(envelope, 0)
    assert post.messages == [[envelope.id]]


async def test_what_waits_for_a_confirm_goes_together_and_in_order() -> None:
    post, envelopes = Post(), turns_ready(6)
    post.gate.clear()
    lane = Lane(post)
    outcomes = [lane.enter(envelopes[0], 0)]
    await post.called.wait()
    outcomes += [lane.enter(envelope, 0) for envelope in envelopes[1:]]
    post.gate.set()
    await asyncio.gather(*outcomes)
    assert post.messages == [ids(envelopes[:1]), ids(envelopes[1:])]


async def test_a_message_holds_no_more_than_200_envelopes_and_a_mebibyte(monkeypatch: pytest.MonkeyPatch) -> None:
    post, envelopes = Post(), turns_ready(450)
    lane = Lane(post)
    await asyncio.gather(*(lane.enter(envelope, 0) for envelope in envelopes))
    assert [len(message) for message in post.messages] == [200, 200, 50]
    assert [*chain.from_iterable(post.messages)] == ids(envelopes)

    monkeypatch.setattr(group_commit, "MOST_BYTES", 2_000)
    post.bodies.clear()
    await asyncio.gather(*(lane.enter(envelope, 0) for envelope in envelopes[:20]))
    assert [*chain.from_iterable(post.messages)] == ids(envelopes[:20])
    assert all(len(body) <= 2_000 for body in post.bodies)


async def test_one_envelope_over_the_size_still_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_BYTES", 10)
    post, envelopes = Post(), turns_ready(3)
    lane = Lane(post)
    await asyncio.gather(*(lane.enter(envelope, 0) for envelope in envelopes))
    assert post.messages == [[envelope.id] for envelope in envelopes]


async def test_a_failure_is_told_to_everyone_in_the_message_and_to_nobody_else() -> None:
    post, envelopes = Post(Unroutable("no queue")), turns_ready(201)
    lane = Lane(post)
    outcomes = await asyncio.gather(*(lane.enter(e, 0) for e in envelopes), return_exceptions=True)
    assert all(isinstance(outcome, Unroutable) for outcome in outcomes[:200])
    assert outcomes[200] is None


async def test_an_envelope_that_cannot_be_encoded_spoils_only_itself() -> None:
    post, good = Post(), turns_ready(5)
    bad = turn_ready().model_copy(update={"client": "\ud83d"})  # half a character, as broken JSON can hold
    lane = Lane(post)
    outcomes = await asyncio.gather(
        *(lane.enter(envelope, 0) for envelope in [*good[:3], bad, *good[3:]]), return_exceptions=True
    )
    assert isinstance(outcomes.pop(3), ValueError)
    assert outcomes == [None] * 5
    assert [*chain.from_iterable(post.messages)] == ids(good)


async def test_whoever_left_is_not_sent() -> None:
    post, (first, left, stays) = Post(), turns_ready(3)
    post.gate.clear()
    lane = Lane(post)
    outcomes = [lane.enter(first, 0)]
    await post.called.wait()
    lane.enter(left, 0).cancel()
    outcomes.append(lane.enter(stays, 0))
    post.gate.set()
    await asyncio.gather(*outcomes)
    assert post.messages == [[first.id], [stays.id]]


async def test_the_queue_in_front_of_a_dead_broker_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_WAITING", 3)
    lane, envelopes = Lane(Post()), turns_ready(4)
    outcomes = await asyncio.gather(*(lane.enter(envelope, 0) for envelope in envelopes), return_exceptions=True)
    assert outcomes[:3] == [None] * 3
    assert isinstance(outcomes[3], PublishFailed)
