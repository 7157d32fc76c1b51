"""Metrics pushed to Debian's Pushgateway: what is there, what a crash leaves, and what a gateway that is away does."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.grafana.apps import APPS
from deploy.prometheus.queries import PLAIN, filled
from services.collector.groups import Groups
from services.collector.settings import CollectorSettings
from tests.integration.runtime.test_process import IDLE, PRELUDE, events
from tests.monitoring.prometheus_server import prometheus_with, pushed_settings
from tests.support.child import child
from tests.support.pushgateway import PASSWORD, USER, Pushgateway, program, pushgateway
from tests.support.waiting import eventually

TOY = PRELUDE + IDLE
GROUP = {"job": "toy", "app": "espiga", "instance": "worker.1"}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Pushgateway]:
    async with pushgateway(tmp_path) as running:
        yield running


def dyno(gateway: Pushgateway, name: str = "worker.1") -> dict[str, str]:
    return {**gateway.environment(), "REMANSO_APP": "espiga", "REMANSO_DYNO": name}


async def test_a_crash_leaves_a_group_that_the_next_process_there_overwrites_and_removes(gateway: Pushgateway) -> None:
    async def there(*groups: dict[str, str]) -> bool:
        return sorted(await gateway.groups(), key=str) == sorted(groups, key=str)

    async with child(TOY, dyno(gateway)) as first:
        await eventually(lambda: there(GROUP))
        first.process.kill()
        await first.process.wait()
    assert await gateway.groups() == [GROUP]
    async with child(TOY, dyno(gateway)) as second, child(TOY, dyno(gateway, "worker.2")):
        await eventually(lambda: there(GROUP, {**GROUP, "instance": "worker.2"}))
        await second.until("service.started")
        second.process.send_signal(signal.SIGTERM)
        assert await second.ended() == 0
        assert GROUP not in await gateway.groups()


async def test_prometheus_knows_which_app_and_dyno_it_is(gateway: Pushgateway, tmp_path: Path) -> None:
    program("prometheus")
    settings = pushed_settings(gateway.url, USER, PASSWORD)
    async with child(TOY, dyno(gateway)), prometheus_with(settings, tmp_path) as prometheus:
        [query] = [
            query for panel in APPS.panels for query in panel.queries if query.expr.startswith("count by (app, job)")
        ]

        async def answered() -> bool:
            found = await prometheus.instant(filled(query.expr, PLAIN | {"app": "espiga"}))
            return [series["metric"] for series in found] == [{"app": "espiga", "job": "toy"}]

        await eventually(answered, within=30)
        [built] = await prometheus.instant("remanso_build_info")
        assert {name: built["metric"][name] for name in GROUP} == GROUP


async def test_what_nobody_renews_is_taken_away_by_the_collector(gateway: Pushgateway) -> None:
    async with child(TOY, dyno(gateway)) as toy:
        await eventually(lambda: _pushed(gateway))
        toy.process.kill()
        await toy.process.wait()
    settings = CollectorSettings(
        database_url=SecretStr("postgresql://nobody@127.0.0.1/none"),
        collector_token=SecretStr("x" * 32),
        metrics_push_url=gateway.url,
        metrics_push_user=USER,
        metrics_push_password=SecretStr(PASSWORD),
    )
    await Groups(settings).sweep()
    assert await gateway.groups() == [GROUP]
    await Groups(settings, oldest_seconds=0).sweep()
    assert await gateway.groups() == []
    await Groups(settings.model_copy(update={"metrics_push_url": "http://127.0.0.1:9"})).sweep()


@pytest.mark.parametrize("wrong", [{"PASSWORD": "wrong-password"}, {"URL": "http://127.0.0.1:9"}])
async def test_a_gateway_that_refuses_or_is_away_is_nobodys_trouble(
    gateway: Pushgateway, wrong: dict[str, str]
) -> None:
    away = {f"REMANSO_METRICS_PUSH_{name}": value for name, value in wrong.items()}
    async with child(TOY, {**dyno(gateway), **away}) as toy:
        await toy.until("metrics.not_pushed")
        toy.process.send_signal(signal.SIGTERM)
        assert await toy.ended() == 0
    assert events(toy).count("metrics.not_pushed") == 1
    assert "wrong-password" not in "".join(toy.lines) + toy.errors


async def _pushed(gateway: Pushgateway) -> bool:
    return await gateway.groups() == [GROUP]


async def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    async with child(TOY, {"REMANSO_METRICS_PUSH_URL": "https://me:hush-hush@push.example"}) as toy:
        assert await toy.ended() == 2
    assert "REMANSO_METRICS_PUSH_URL: must look like https://host/path, without a user" in toy.errors
    assert "hush-hush" not in toy.errors
