"""Several ways to one thing: the first that leads there is taken, the others say why not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fleet.local.ways import NoWay, WayUnavailable, first_way, order_of_ways, wait_until
from remanso.errors import ConfigurationError


@asynccontextmanager
async def open_way() -> AsyncIterator[str]:
    yield "there"


@asynccontextmanager
async def closed_way() -> AsyncIterator[str]:
    raise WayUnavailable("the bridge is down")
    yield


async def test_the_next_way_is_taken_and_the_reason_told() -> None:
    told: list[str] = []
    ways = {"docker": closed_way, "private": open_way}
    async with first_way("RabbitMQ", ways, ("docker", "private"), told.append, "") as found:
        assert found == "there"
    assert told == ["RabbitMQ: not by way of docker: the bridge is down"]


async def test_no_way_is_one_line_with_all_reasons_and_the_advice() -> None:
    with pytest.raises(NoWay) as error:
        async with first_way("RabbitMQ", {"docker": closed_way}, ("docker",), print, "Start a Docker engine."):
            pytest.fail("there was no way")
    assert str(error.value) == "no RabbitMQ to be had (docker: the bridge is down). Start a Docker engine."


async def test_trouble_inside_is_not_taken_for_a_closed_way() -> None:
    opened = 0

    @asynccontextmanager
    async def way() -> AsyncIterator[None]:
        nonlocal opened
        opened += 1
        yield

    with pytest.raises(WayUnavailable, match="inner"):
        async with first_way("x", {"docker": way, "private": way}, ("docker", "private"), print, ""):
            raise WayUnavailable("inner trouble")
    assert opened == 1


@pytest.mark.parametrize(
    ("text", "order"),
    [("", ("docker", "private")), ("private", ("private",)), (" private , docker ", ("private", "docker"))],
)
def test_the_order_can_be_chosen(text: str, order: tuple[str, ...]) -> None:
    assert order_of_ways(text) == order


def test_a_way_there_is_not_is_named() -> None:
    with pytest.raises(ConfigurationError, match="podman"):
        order_of_ways("podman,docker")


async def test_waiting_ends_with_the_reason() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(WayUnavailable, match="nobody home"):
        await wait_until(never, within=0.05, otherwise="nobody home")
