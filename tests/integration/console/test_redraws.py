"""Pages that are drawn again all at once: in turn, with few statements, and in nobody's way."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from remanso.store import Store
from services.console.console import REDRAWS
from tests.support.console import Browser, Visitors, a_user
from tests.support.scene import a_conversation
from tests.support.statements import statements


@pytest.fixture
async def paths(store: Store) -> tuple[str, ...]:
    conversation = await a_conversation(store)
    return "/inbox/rows", "/inbox/waiting", f"/conversations/{conversation.id}/thread"


async def member(visitors: Visitors) -> Browser:
    return await visitors.as_user(await a_user(visitors.console.store, school="member"))


async def test_who_waits_for_their_turn_holds_nothing_and_people_are_served(
    visitors: Visitors, paths: tuple[str, ...]
) -> None:
    browser = await member(visitors)
    async with AsyncExitStack() as others:
        for _ in range(REDRAWS):
            await others.enter_async_context(visitors.console.redraws)
        with statements() as asked:
            waiting = [asyncio.create_task(browser.get(path)) for path in paths]
            assert (await browser.get("/inbox")).status_code == 200
        assert len(asked) == 3, "of the page alone: who asks, the rows, the counts"
        assert not any(each.done() for each in waiting)
    assert {each.status_code for each in await asyncio.gather(*waiting)} == {200}


async def test_a_place_is_given_back_whatever_comes_of_it(visitors: Visitors, paths: tuple[str, ...]) -> None:
    stranger = visitors.browser()
    for _ in range(REDRAWS * 2):
        assert (await stranger.get(paths[0], headers={"x-requested-with": "script"})).status_code == 401
    assert (await (await member(visitors)).get("/inbox/rows?before=nonsense_x")).status_code == 422
    assert not visitors.console.redraws.locked()


async def test_a_hundred_pages_that_ask_at_once_are_all_answered(visitors: Visitors, paths: tuple[str, ...]) -> None:
    browser = await member(visitors)
    answers = await asyncio.gather(*(browser.get(paths[number % 3]) for number in range(100)))
    assert {each.status_code for each in answers} == {200}
