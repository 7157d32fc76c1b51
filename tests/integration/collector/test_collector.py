"""The collector's doors over real rows: who may come in, what is kept, and that nothing is kept twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from remanso.model.app_key import AppKey
from remanso.store import Store
from remanso.store.apps import MOST_LINES, Line
from tests.support.apps import App, a_heartbeat, basic, collector, frame, line, said


@pytest.fixture(scope="module")
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as connected:
        yield connected


@pytest.fixture(scope="module")
async def doors(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with collector(store) as http:
        yield http


@pytest.fixture
async def app(store: Store, doors: httpx.AsyncClient) -> App:
    """Entered, and never heard yet."""
    async with store.transaction() as tx:
        await tx.connection.execute(text("DELETE FROM apps"))
    app = App("espiga", doors)
    assert (await app.enter(title="La Espiga")).status_code == 204
    return app


async def kept(store: Store, app: str = "espiga") -> list[tuple[str, str]]:
    async with store.transaction() as tx:
        return [(each.level, each.name) for each in reversed(await tx.apps.lines(app, 5000))]


async def counts(store: Store) -> dict[str, int]:
    async with store.transaction() as tx:
        return {each.name: each.count for each in await tx.apps.troubles("espiga", timedelta(days=2))}


async def test_a_frame_that_comes_again_is_stored_once(app: App, store: Store) -> None:
    """Logplex comes again when an answer is lost, and may do so while the first request is still in work."""
    lines = (line("tool.failed"), line("turn.worked", "info"), said("State changed from up to crashed", name="heroku"))
    answers = await asyncio.gather(*(app.drain(*lines, frame_id="F1") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await app.drain(*lines, frame_id="F1")).text == "drained before\n"
    assert await kept(store) == [("error", "tool.failed"), ("error", "state.crashed")]
    assert await counts(store) == {"tool.failed": 1, "state.crashed": 1}
    async with store.transaction() as tx:
        [found] = await tx.apps.all()
    assert (found.dynos, found.errors_today) == ({"web.1": "crashed"}, 2)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), max_size=12))
async def test_counts_are_those_of_the_distinct_frames(app: App, store: Store, posts: list[tuple[int, int]]) -> None:
    async with store.transaction() as tx:
        for table in ("app_frames", "app_lines", "app_troubles"):
            await tx.connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    first: dict[int, int] = {}
    for number, errors in posts:
        first.setdefault(number, errors)
        answer = await app.drain(*[line("tool.failed")] * errors, frame_id=f"f{number}")
        assert answer.status_code == 200
    assert sum((await counts(store)).values()) == sum(first.values())


async def test_nobody_drains_or_tells_without_the_apps_own_secret(app: App, store: Store) -> None:
    other = App("other", app.http)
    assert (await other.enter()).status_code == 204
    for answer in (
        await app.drain(line("x"), password="wrong"),
        await app.drain(line("x"), password=other.key.drain_password),
        await App("nobody", app.http).drain(line("x")),
        await app.drain(line("x"), Authorization="Bearer x"),
        await app.drain(line("x"), Authorization="Basic !!"),
        await app.drain(line("x"), Authorization=basic("other", app.key.drain_password)),
    ):
        assert answer.status_code == 401
        assert "wrong app or password" in answer.text
    assert (await app.beat(key=other.key)).status_code == 401
    assert (await App("nobody", app.http).beat()).status_code == 401
    assert (await app.http.get("/collector/apps/espiga")).status_code == 401
    assert (await app.http.delete("/collector/apps/espiga", headers={"Authorization": "Bearer x"})).status_code == 401
    assert await kept(store) == []
    async with store.transaction() as tx:
        stored = await tx.apps.credentials("espiga")
    assert stored
    assert app.key.drain_password not in (stored.public_key, stored.drain_hash)


async def test_garbage_is_refused_with_what_is_wrong(app: App, store: Store) -> None:
    for body, announced, status, words in (
        (b"hello", 1, 400, "its length in bytes"),
        (frame(line("x")), 2, 400, "Logplex-Msg-Count is 2"),
        (frame(line("x")), "two", 400, "is no number"),
        (b"1" * (5 << 20), 1, 413, "more than"),
    ):
        answer = await app.post(body, announced)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert (await app.drain(line("x"), Content_Type="text/plain")).status_code == 415
    assert await kept(store) == []
    assert (await app.http.put("/collector/apps/Not_A_Name")).status_code in (401, 422)


async def test_a_heartbeat_counts_once_and_never_backwards(app: App, store: Store) -> None:
    now = datetime.now(UTC)
    newest = a_heartbeat("espiga", sent_at=now, version="2")
    older = a_heartbeat("espiga", sent_at=now - timedelta(seconds=30), version="1")
    assert (await app.beat(newest)).status_code == 204
    assert [(await app.beat(each)).status_code for each in (older, newest)] == [200, 200]
    async with store.transaction() as tx:
        [found] = await tx.apps.all()
    assert (found.heartbeat or {})["version"] == "2"


async def test_a_heartbeat_that_was_overheard_is_not_believed(app: App) -> None:
    late = a_heartbeat("espiga", sent_at=datetime.now(UTC) - timedelta(minutes=6))
    assert "minutes from now" in (await app.beat(late)).text
    assert "another app" in (await app.beat(a_heartbeat("other"))).text
    assert (await app.beat(a_heartbeat("espiga"), key=AppKey(AppKey.new()))).status_code == 401


async def test_what_is_old_or_too_much_is_forgotten(app: App, store: Store) -> None:
    at = datetime.now(UTC)
    lines = [Line(at, "web.1", "ours", "error", f"e{number}", "") for number in range(MOST_LINES + 5)]
    async with store.transaction() as tx:
        await tx.apps.drained("espiga", lines, {("ours", "e", "error"): 7}, {})
        await tx.apps.new_frame("espiga", "f")
    async with store.transaction() as tx:
        await tx.apps.tidy(timedelta(days=3), timedelta(days=30))
    names = [name for _, name in await kept(store)]
    assert (len(names), names[0], names[-1]) == (MOST_LINES, "e5", f"e{MOST_LINES + 4}")
    async with store.transaction() as tx:
        await tx.connection.execute(text("UPDATE app_lines SET created_at = now() - interval '4 days'"))
        await tx.connection.execute(text("UPDATE app_troubles SET last_at = now() - interval '31 days'"))
        await tx.connection.execute(text("UPDATE app_frames SET created_at = now() - interval '2 days'"))
        await tx.apps.tidy(timedelta(days=3), timedelta(days=30))
        assert await tx.apps.new_frame("espiga", "f")
    assert (await kept(store), await counts(store)) == ([], {})


async def test_a_new_key_replaces_the_old_and_leaving_forgets_all(app: App, store: Store) -> None:
    assert (await app.drain(line("x"))).status_code == 200
    moved = replace(app, key=AppKey(AppKey.new()))
    assert (await moved.enter()).status_code == 204
    assert (await app.drain(line("x"))).status_code == 401
    assert (await moved.drain(line("y"))).status_code == 200
    assert await kept(store) == [("error", "x"), ("error", "y")]
    async with store.transaction() as tx:
        assert await tx.apps.leave("espiga")
    assert (await moved.drain(line("z"))).status_code == 401
    assert await kept(store) == []
