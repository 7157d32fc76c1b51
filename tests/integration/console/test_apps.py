"""The panel of all apps: what each told, what is wrong in words, and that a dead one is seen within a minute."""

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from remanso.model.heartbeat import Heartbeat, QueueDepth
from remanso.store import Store
from remanso.store.apps import App as Stored
from services.console.apps.heroku_codes import CODES
from tests.support.apps import App, a_beat, a_heartbeat, collector, line, said
from tests.support.console import Browser, Visitors, a_user


@pytest.fixture(scope="module")
async def doors(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with collector(store) as http:
        yield http


@pytest.fixture
async def operator(visitors: Visitors, store: Store) -> Browser:
    async with store.transaction() as tx:
        await tx.connection.execute(text("DELETE FROM apps"))
    return await visitors.as_user(await a_user(store, operator=True))


async def entered(doors: httpx.AsyncClient, name: str, heartbeat: Heartbeat | None = None) -> App:
    app = App(name, doors)
    assert (await app.enter(title=name.title())).status_code == 204
    assert (await app.beat(heartbeat)).status_code == 204
    return app


async def minutes_pass(store: Store, name: str, seconds: float) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(
            text("UPDATE apps SET heard_at = heard_at - CAST(:age AS interval) WHERE name = :name"),
            {"name": name, "age": timedelta(seconds=seconds)},
        )


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_each_app_is_told_in_one_line_the_worst_first(
    operator: Browser, doors: httpx.AsyncClient, store: Store
) -> None:
    await entered(doors, "alba")
    nobody = (QueueDepth("agent.turn-ready", 7, 0), QueueDepth("remanso.dead", 3, 0))
    late = {"bosque": a_beat(waiting=2, oldest_seconds=300.0, tokens_today=98765)}
    await entered(doors, "bosque", a_heartbeat("bosque", queues=nobody, clients=late))
    crashed = await entered(doors, "cobre")
    await crashed.drain(said("State changed from up to crashed", name="heroku", dyno="worker.1"))
    await App("duna", doors).enter(title="Duna")
    page = (await operator.get("/apps")).text
    assert re.findall(r'href="/apps/(\w+)"', page) == ["bosque", "cobre", "duna", "alba"]
    told = words(page)
    for each in (
        "nadie lee agent.turn-ready",
        "eventos muertos: 3",
        "alguien espera: bosque, 5 min",
        "se cayó: worker.1",
        "nunca dio señales",
        "tokens de hoy: 98.765",
        "errores de hoy: 1",
    ):
        assert each in told, each
    assert 'href="https://alba.example"' in page
    only = (await operator.get("/apps?only=trouble&q=o")).text
    assert re.findall(r'href="/apps/(\w+)"', only) == ["bosque", "cobre"]


async def test_a_silent_app_is_shown_as_such_within_a_minute(
    operator: Browser, doors: httpx.AsyncClient, store: Store
) -> None:
    app = await entered(doors, "alba")
    await minutes_pass(store, "alba", 40)
    assert "dejó de dar señales" not in words((await operator.get("/apps")).text)
    await minutes_pass(store, "alba", 10)
    assert "dejó de dar señales" in words((await operator.get("/apps")).text)
    assert (await app.beat()).status_code == 204
    assert "dejó de dar señales" not in words((await operator.get("/apps")).text)


async def test_one_app_closely(operator: Browser, doors: httpx.AsyncClient, store: Store) -> None:
    """Heroku's code in words with what to do; the lines; what fleet status found; nothing runs as markup."""
    app = await entered(doors, "alba")
    router = 'at=error code=H12 desc="Request timeout" method=POST path="/x?token=hush" fwd="203.0.113.9" dyno=web.1'
    await app.drain(said(router, name="heroku", dyno="router"), line("tool.failed", error="<script>alert(1)</script>"))
    async with store.transaction() as tx:
        standing = {"health": "answers", "release": "v7", "commit": "abcdef123456", "processes": {"web": 1}}
        assert await tx.apps.stands("alba", {**standing, "behind": True, "drift": ["config"]})
    page = (await operator.get("/apps/alba")).text
    told = words(page)
    for each in (
        "un pedido tardó más de 30 s",
        "mirar si RabbitMQ o PostgreSQL responden",
        "tool.failed",
        "corre un commit viejo: v7",
        "no coincide con el inventario: config",
        "web=1",
    ):
        assert each in told, each
    assert "hush" not in page
    assert "203.0.113.9" not in page
    assert "<script>alert" not in page
    assert (await operator.get("/apps/nobody")).status_code == 404
    part = (await operator.http.get("/apps/alba", headers={"X-Requested-With": "script"})).text
    assert part.lstrip().startswith('<div id="live"')
    assert "tool.failed" in part


async def test_a_console_address_that_is_none_is_no_link(
    operator: Browser, doors: httpx.AsyncClient, store: Store
) -> None:
    await entered(doors, "alba", a_heartbeat("alba", console_url="javascript:alert(1)"))
    assert "javascript:" not in (await operator.get("/apps")).text


async def test_a_hundred_apps_are_one_quick_page(operator: Browser, doors: httpx.AsyncClient, store: Store) -> None:
    for number in range(100):
        app = await entered(doors, f"app-{number:03}")
        await app.drain(*[line(f"event.{each}") for each in range(20)])
    began = time.perf_counter()
    page = (await operator.get("/apps")).text
    took = time.perf_counter() - began
    print(f"page of a hundred apps: {took * 1000:.0f} ms, {len(page)} bytes")
    assert len(re.findall(r'href="/apps/app-', page)) == 100
    assert took < 3


def test_every_code_says_what_to_do_in_both_languages() -> None:
    for code, told in CODES.items():
        assert re.fullmatch(r"[HLR]\d\d", code)
        assert all(told), code
    assert {"H10", "H12", "H99", "R14", "R15", "L10"} <= CODES.keys()


def test_what_another_version_kept_does_not_break_the_page() -> None:
    from services.console.apps.panel import _row

    now = datetime.now(UTC)
    row = _row(Stored("a", {}, None, None, {"app": 5}, now, None, {}, 0), now)
    assert [each.trouble.value for each in row.complaints] == ["never_heard"]
