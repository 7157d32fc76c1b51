"""`remanso fleet` over several clients on the Heroku stand-in."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from fleet.backup.manifest import read_manifest
from fleet.clients.template import packaged, published
from fleet.git import Repository
from remanso.store import Store
from remanso.store.migrate import newest
from tests.support.provisioning import Operator, operator
from tests.support.scene import a_turn
from tests.support.school import config
from tests.support.standins.heroku_bot import SICK
from tests.support.standins.places import Places

NAMES = tuple(f"shop-{number}" for number in range(1, 5))


@pytest.fixture
def fleet(tmp_path: Path, world: Places) -> Operator:
    """Four clients that run; their numbers at Meta belong to another story."""
    folder = tmp_path / "desk"
    folder.mkdir()
    desk = operator(folder, world, *NAMES, meta=False)
    for name in NAMES:
        desk.create(name)
        ended = desk.run("clients", "provision", name, "--json")
        assert ended.code == 0, ended.out
    return desk


def change(desk: Operator, names: Sequence[str], file: str) -> None:
    for name in names:
        (desk.folder / name / file).write_text("x")
        Repository(desk.folder / name).commit_all(f"Adds {file}")


def running(world: Places, name: str) -> str:
    app = world.heroku.apps[f"remanso-{name}"]
    slug = ((app.current or {}).get("slug") or {}).get("id")
    return str(next(each["source_blob"]["version"] for each in app.builds if (each["slug"] or {}).get("id") == slug))


def head(desk: Operator, name: str) -> str:
    return Repository(desk.folder / name).head() or ""


def test_a_canary_that_is_not_well_stops_the_fleet_and_goes_back(fleet: Operator, world: Places) -> None:
    before = {name: running(world, name) for name in NAMES}
    change(fleet, NAMES, SICK)
    world.heroku.apps["remanso-shop-1"].config["REMANSO_FLAG"] = "set since the release before"
    ended = fleet.run("fleet", "deploy", "--json")
    assert ended.code == 1
    assert {name: fate["fate"] for name, fate in ended.data.items()} == {
        "shop-1": "rolled back",
        **dict.fromkeys(NAMES[1:], "not tried"),
    }
    assert {name: running(world, name) for name in NAMES} == before
    config = world.heroku.apps["remanso-shop-1"].config
    assert config["REMANSO_FLAG"] == "set since the release before"
    assert config["REMANSO_FLEET"] == "shop-1"
    for name in NAMES:
        (fleet.folder / name / SICK).unlink()
        Repository(fleet.folder / name).commit_all("Well again")
    mended = fleet.run("fleet", "deploy", "--json")
    assert {fate["fate"] for fate in mended.data.values()} == {"deployed"}
    assert {name: running(world, name) for name in NAMES} == {name: head(fleet, name) for name in NAMES}
    assert {fate["fate"] for fate in fleet.run("fleet", "deploy", "--json").data.values()} == {"current"}


def test_status_tells_versions_health_and_drift(fleet: Operator, world: Places, database_url: str) -> None:
    asyncio.run(_somebody_waits(database_url, "shop-1"))
    world.heroku.apps["remanso-shop-1"].config["DATABASE_URL"] = database_url
    world.heroku.apps["remanso-shop-2"].formation["web"]["quantity"] = 0
    change(fleet, ["shop-3"], "new.txt")
    ended = fleet.run("fleet", "status", "--json", "--drift")
    assert ended.code == 1
    rows = {row["client"]: row for row in ended.data}
    first = rows["shop-1"]
    assert (first["good"], first["version"], first["behind"], first["drift"]) == (True, "0.1.0", False, [])
    assert (first["beat"]["waiting"], first["beat"]["tokens_today"]) == (1, 0)
    assert first["beat"]["last_received_at"]
    assert (rows["shop-2"]["good"], rows["shop-2"]["drift"]) == (False, ["formation"])
    assert (rows["shop-3"]["good"], rows["shop-3"]["behind"]) == (True, True)
    assert rows["shop-3"]["drift"] == ["push", "build"]
    shown = fleet.run("fleet", "status", "shop-1")
    assert "answers" in shown.out


async def _somebody_waits(database_url: str, client: str) -> None:
    async with Store.connect(database_url) as store:
        await a_turn(store, business=config().model_copy(update={"name": client}))


def test_orders_to_a_selection(fleet: Operator, world: Places) -> None:
    apps = world.heroku.apps
    releases = len(apps["remanso-shop-1"].releases)
    for _ in range(2):
        told = ("fleet", "config", "set", "REMANSO_AGENT_SLOTS=4", "REMANSO_LOG_LEVEL=", "-c", "shop-1", "-c", "shop-2")
        assert fleet.run(*told).code == 0
    assert apps["remanso-shop-1"].config["REMANSO_AGENT_SLOTS"] == "4"
    assert "REMANSO_LOG_LEVEL" not in apps["remanso-shop-2"].config
    assert "REMANSO_AGENT_SLOTS" not in apps["remanso-shop-3"].config
    assert len(apps["remanso-shop-1"].releases) == releases + 1, "the second time nothing differed"
    assert fleet.run("fleet", "scale", "worker=2", "-c", "shop-1").code == 0
    assert apps["remanso-shop-1"].formation["worker"]["quantity"] == 2
    assert fleet.run("fleet", "restart", "shop-1").code == 0
    assert apps["remanso-shop-1"].restarts == 1
    assert "shop-2 | 2026-11-25T12:00:00+00:00 app[web.1]" in fleet.run("fleet", "logs", "--grep", "listening").out
    assert fleet.run("fleet", "cost", "--json").data == {
        "clients": dict.fromkeys(NAMES, 19.0),
        "total": 76.0,
    }


def test_new_secrets_go_everywhere_and_a_client_is_destroyed(fleet: Operator, world: Places) -> None:
    changed = {"SHOP_1_ACCESS_TOKEN": "EAAnew-token-0003", "REMANSO_READ_TOKEN": "ghp_new-read-token-0003"}
    assert fleet.run("fleet", "rotate", "shop-1", env=changed).code == 0
    assert world.heroku.apps["remanso-shop-1"].config["SHOP_1_ACCESS_TOKEN"] == "EAAnew-token-0003"
    assert world.github.repositories["acme/shop-1"].secrets == {"REMANSO_READ_TOKEN": "ghp_new-read-token-0003"}
    assert fleet.run("fleet", "destroy", "shop-1", "--confirm", "shop-2").code == 1
    assert fleet.run("fleet", "destroy", "shop-1", "--confirm", "shop-1").code == 1, "no backup was to be had"
    assert "remanso-shop-1" in world.heroku.apps
    gone = fleet.run("fleet", "destroy", "shop-1", "--confirm", "shop-1", "--without-backup")
    assert gone.code == 0, gone.err
    assert "remanso-shop-1" not in world.heroku.apps
    assert world.github.repositories["acme/shop-1"].body["archived"]
    assert set(world.heroku.apps) == {f"remanso-{name}" for name in NAMES[1:]}


def test_what_a_destroyed_client_had_lies_in_a_backup(fleet: Operator, world: Places, database_url: str) -> None:
    asyncio.run(_somebody_waits(database_url, "shop-2"))
    world.heroku.apps["remanso-shop-2"].config["DATABASE_URL"] = database_url
    gone = fleet.run("fleet", "destroy", "shop-2", "--confirm", "shop-2")
    assert gone.code == 0, gone.err
    assert "remanso-shop-2" not in world.heroku.apps
    manifest = read_manifest(fleet.folder / (gone.out.partition("backup: ")[2].splitlines()[0]))
    assert "shop-2" in manifest.clients
    assert manifest.schema_revision == newest()


def test_the_template_comes_to_all_and_what_conflicts_is_told(fleet: Operator, world: Places, tmp_path: Path) -> None:
    template = shutil.copytree(packaged(), tmp_path / "template")
    procfile = template / "project" / "Procfile"
    procfile.write_text(procfile.read_text().replace("web: bin/start web", "web: bin/start web --new"))
    published(template, fleet.folder / "data" / "remanso" / "template")
    ours = fleet.folder / "shop-2" / "Procfile"
    ours.write_text(ours.read_text().replace("web: bin/start web", "web: bin/start web --ours"))
    Repository(ours.parent).commit_all("Ours")
    ended = fleet.run("fleet", "update-template", "shop-1", "shop-2", "--push")
    assert ended.code == 1
    assert ended.out.splitlines() == ["shop-1: updated 1.0.0 → 1.1.0", "shop-2: conflict 1.0.0 → 1.1.0 Procfile"]
    pushed = Repository(world.github.folder / "acme" / "shop-1.git").git("rev-parse", "remanso/template")
    assert pushed == head(fleet, "shop-1")
    assert fleet.run("fleet", "update-template", "shop-3", "shop-4").code == 0
