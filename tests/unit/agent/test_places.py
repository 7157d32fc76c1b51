"""No client takes all slots of an agent."""

import asyncio
from uuid import uuid4

import pytest

from remanso.plugin.registry import Client
from remanso.runtime.slots import Slots
from services.agent.places import Places, share
from tests.support import school


def client(name: str = "school", turns_at_once: int | None = None) -> Client:
    (found,) = school.registry(school.config(name, limits={"turns_at_once": turns_at_once})).clients.values()
    return found


@pytest.mark.parametrize(
    ("wanted", "slots", "alone", "gets"),
    [(None, 16, True, 16), (None, 16, False, 8), (None, 1, False, 1), (3, 16, True, 3), (99, 16, False, 16)],
)
def test_a_clients_share(wanted: int | None, slots: int, alone: bool, gets: int) -> None:
    assert share(client(turns_at_once=wanted), slots, alone=alone) == gets


async def test_one_client_leaves_room_for_the_other() -> None:
    slots, gate = Slots(4), asyncio.Event()
    places = Places(slots, [client("greedy"), client("modest")])
    took = [await places.start(uuid4(), "greedy", gate.wait) for _ in range(5)]
    assert took == [True, True, False, False, False]
    assert places.room() == {"modest": 2}
    assert await places.start(uuid4(), "modest", gate.wait)
    gate.set()
    await slots.drain(1)
    assert places.room() == {"greedy": 2, "modest": 2}


async def test_a_place_is_given_back_whatever_happens() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    slots, gate, turn = Slots(1), asyncio.Event(), uuid4()
    places = Places(slots, [client("a", turns_at_once=1), client("b", turns_at_once=1)])
    assert await places.start(uuid4(), "a", fail)
    await slots.drain(1)
    assert await places.start(turn, "a", gate.wait)
    waiting = asyncio.create_task(places.start(uuid4(), "b", gate.wait))
    await asyncio.sleep(0)
    assert places.room() == {}
    waiting.cancel()
    await asyncio.wait({waiting})
    assert places.room() == {"b": 1}
    assert await places.start(turn, "stranger", gate.wait) is False, "the turn is being worked on already"
    gate.set()
    await slots.drain(1)
    assert places.room() == {"a": 1, "b": 1}
