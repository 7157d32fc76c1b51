"""`remanso fleet` over several clients on the Heroku stand-in."""

import asyncio

import pytest

from remanso.store import Store
from tests.support.scene import a_turn
from tests.support.school import config
from tests.support.shops import NAMES, Shops
from tests.support.standins.heroku.bot import SICK

pytestmark = pytest.mark.timeout(600)  # whoever is first waits until the shops are there


def test_a_canary_that_is_not_well_stops_the_fleet_and_goes_back(shops: Shops) -> None:
    before = {name: shops.running(name) for name in NAMES}
    shops.change(NAMES, SICK)
    shops.app("shop-1").config["REMANSO_FLAG"] = "set since the release before"
    ended = shops.desk.run("fleet", "deploy", "--json")
    assert ended.code == 1
    assert {name: fate["fate"] for name, fate in ended.data.items()} == {
        "shop-1": "rolled back",
        **dict.fromkeys(NAMES[1:], "not tried"),
    }
    assert {name: shops.running(name) for name in NAMES} == before
    config = shops.app("shop-1").config
    assert config["REMANSO_FLAG"] == "set since the release before"
    assert config["REMANSO_FLEET"] == "shop-1"
    for name in NAMES:
        (shops.desk.folder / name / SICK).unlink()
        shops.repository(name).commit_all("Well again")
    mended = shops.desk.run("fleet", "deploy", "--json")
    assert {fate["fate"] for fate in mended.data.values()} == {"deployed"}
    assert {name: shops.running(name) for name in NAMES} == {name: shops.head(name) for name in NAMES}
    assert {fate["fate"] for fate in shops.desk.run("fleet", "deploy", "--json").data.values()} == {"current"}
    assert shops.desk.run("fleet", "rollback", "shop-2", "--json").data[0]["ok"]
    assert shops.running("shop-2") == before["shop-2"]


def test_status_tells_versions_health_and_drift(shops: Shops, database_url: str) -> None:
    asyncio.run(_somebody_waits(database_url, "shop-1"))
    shops.app("shop-1").config["DATABASE_URL"] = database_url
    shops.app("shop-2").formation["web"]["quantity"] = 0
    shops.change(["shop-3"], "new.txt")
    ended = shops.desk.run("fleet", "status", "--json", "--drift")
    assert ended.code == 1
    rows = {row["client"]: row for row in ended.data}
    first = rows["shop-1"]
    assert (first["good"], first["version"], first["drift"]) == (True, "0.1.0", [])
    assert (first["deployment"]["behind"], first["unfinished"]) == (False, "")
    assert (first["beat"]["waiting"], first["beat"]["tokens_today"]) == (1, 0)
    assert first["beat"]["last_received_at"]
    assert (rows["shop-2"]["good"], rows["shop-2"]["drift"]) == (False, ["formation"])
    assert (rows["shop-3"]["good"], rows["shop-3"]["deployment"]["behind"]) == (True, True)
    assert rows["shop-3"]["drift"] == ["push", "build"]
    shown = shops.desk.run("fleet", "status", "shop-1")
    assert "answers" in shown.out


async def _somebody_waits(database_url: str, client: str) -> None:
    async with Store.connect(database_url) as store:
        await a_turn(store, business=config().model_copy(update={"name": client}))


def test_orders_to_a_selection(shops: Shops) -> None:
    run, first = shops.desk.run, shops.app("shop-1")
    releases = len(first.releases)
    told = ("fleet", "config", "set", "REMANSO_AGENT_SLOTS=4", "REMANSO_LOG_LEVEL=", "-c", "shop-1", "-c", "shop-2")
    only_told = run(*told, "--dry-run", "--json")
    assert only_told.data[0]["result"] == "would set REMANSO_AGENT_SLOTS, would take away REMANSO_LOG_LEVEL"
    assert len(first.releases) == releases
    results = [run(*told, "--json").data[0]["result"] for _ in range(2)]
    assert results == ["set REMANSO_AGENT_SLOTS, take away REMANSO_LOG_LEVEL", "as wanted already"]
    assert first.config["REMANSO_AGENT_SLOTS"] == "4"
    assert "REMANSO_LOG_LEVEL" not in shops.app("shop-2").config
    assert "REMANSO_AGENT_SLOTS" not in shops.app("shop-3").config
    assert len(first.releases) == releases + 1, "the second time nothing differed"
    assert run("fleet", "scale", "worker=2", "-c", "shop-1").out == "shop-1: worker=2\n"
    assert first.formation["worker"]["quantity"] == 2
    assert run("fleet", "restart", "shop-1", "--json").data[0] == {
        "client": "shop-1", "ok": True, "result": "restarted", "why": "", "todo": "",
    }  # fmt: skip
    assert first.restarts == 1
    assert run("fleet", "cost", "--json").data == {
        "clients": {**dict.fromkeys(NAMES, 19.0), "shop-1": 19.0},
        "total": 76.0,
    }


def test_what_is_no_config_var_is_refused_before_anything_is_done(shops: Shops) -> None:
    for wrong, why in {
        "lower=1": "capital letters",
        "REMANSO_FLEET=other": "is the mark",
        "OPENAI_API_KEY=sk-" + "a1B2" * 9: "looks like a secret",
    }.items():
        refused = shops.desk.run("fleet", "config", "set", "REMANSO_AGENT_SLOTS=4", wrong)
        assert (refused.code, why in refused.err) == (1, True), refused.err
        assert "a1B2" not in refused.err
    assert "REMANSO_AGENT_SLOTS" not in shops.app("shop-1").config


def test_logs_of_all_are_merged_by_time_and_filtered(shops: Shops) -> None:
    logs = shops.world.heroku.logs
    logs["remanso-shop-1"] = [
        "2026-11-25T12:00:03+00:00 app[web.1]: third",
        "2026-11-25T12:00:01.5+00:00 app[worker.1]: first",
        "  and its traceback",
    ]
    logs["remanso-shop-2"] = ["2026-11-25T09:00:02-03:00 app[web.1]: second, HRKU-heroku-key-0001"]
    merged = shops.desk.run("fleet", "logs", "shop-1", "shop-2").out.splitlines()
    assert [line.partition(" | ")[0] for line in merged] == ["shop-1", "shop-1", "shop-2", "shop-1"]
    assert "HRKU" not in "".join(merged)
    web = shops.desk.run("fleet", "logs", "shop-1", "--process", "web", "--json").data
    assert [line["line"][-5:] for line in web] == ["third"]
    assert "second" in shops.desk.run("fleet", "logs", "--grep", "second").out


def test_new_secrets_go_everywhere_and_the_first_that_fails_stops_it(shops: Shops) -> None:
    changed = {"SHOP_1_ACCESS_TOKEN": "EAAnew-token-0003", "REMANSO_READ_TOKEN": "ghp_new-read-token-0003"}
    rotated = shops.desk.run("fleet", "rotate", "shop-1", env=changed)
    assert rotated.out == "shop-1: given: GitHub Actions secrets, Config vars\n"
    assert shops.app("shop-1").config["SHOP_1_ACCESS_TOKEN"] == "EAAnew-token-0003"
    assert shops.world.github.repositories["acme/shop-1"].secrets == {"REMANSO_READ_TOKEN": "ghp_new-read-token-0003"}
    shops.world.heroku.strangers.add("remanso-shop-1")
    try:
        stopped = shops.desk.run("fleet", "rotate", "--json", env={"REMANSO_OPENAI_API_KEY": "sk-new-0003"})
    finally:
        shops.world.heroku.strangers.clear()
    assert [row["ok"] for row in stopped.data] == [False] * 4
    assert stopped.data[1]["why"] == "not tried, because shop-1 failed"
    assert shops.app("shop-2").config["REMANSO_OPENAI_API_KEY"] != "sk-new-0003"
