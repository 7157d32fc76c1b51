"""The other places a bot may run: a host over ssh, an app shared by many clients."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from fleet.clients.create import create
from fleet.clients.journal import Journal
from fleet.clients.progress import Silent
from fleet.clients.provision import plan, provision, undo
from fleet.clients.steps import State
from fleet.clients.template import packaged, published
from fleet.git import Repository
from fleet.inventory import HostPlan
from fleet.platforms.host import HostPlatform, HostSite, write_environment
from fleet.trouble import Foreign, OutsideFailed, OutsideUnavailable
from tests.support.provisioning import Operator
from tests.support.standins.places import Places
from tests.support.standins.sshd import Host

SECRET = "a secret with 'quotes' and $HOME"


@pytest.fixture
def site(tmp_path: Path, host: Host) -> HostSite:
    keeper = published(packaged(), tmp_path / "keeper")
    folder = create("espiga", tmp_path / "espiga", {}, str(keeper), ask=False).folder
    where = HostPlan(
        address=host.address, url="https://espiga.example", folder=f"{host.home}/bots", options=host.options
    )
    return HostSite(where, "espiga", Repository(folder), {"ESPIGA_APP_SECRET": SecretStr(SECRET)})


def test_a_host_gets_files_variables_and_containers_once(tmp_path: Path, host: Host, site: HostSite) -> None:
    platform, journal = HostPlatform(site), Journal(tmp_path / "journal", "espiga")
    results = [outcome.result for outcome in provision(platform.steps(), journal, Silent())]
    assert results == ["made", "changed", "changed"]
    folder = host.home / "bots" / "espiga"
    values = site.environment()
    assert values["ESPIGA_APP_SECRET"] == SECRET
    assert r"""ESPIGA_APP_SECRET='a secret with \'quotes\' and $HOME'""" in (folder / ".env").read_text()
    assert (folder / ".env").stat().st_mode & 0o077 == 0
    assert (folder / "client.toml").exists()
    assert SECRET not in "".join(host.docker_calls())
    ups = len([call for call in host.docker_calls() if call.startswith("compose up")])
    assert [found.state for _, found in plan(platform.steps())] == [State.DONE] * 3
    provision(platform.steps(), journal, Silent())
    assert len([call for call in host.docker_calls() if call.startswith("compose up")]) == ups == 1
    assert site.environment()["POSTGRES_PASSWORD"] == values["POSTGRES_PASSWORD"]
    status = platform.status()
    assert (status.commit, dict(status.processes)) == (site.local.head(), {"web": 1, "worker": 1})
    undo(platform.steps(), journal, Silent())
    assert not folder.exists()
    assert list(folder.parent.glob("espiga.removed.*"))


def test_a_host_goes_back_to_the_commit_before(tmp_path: Path, host: Host, site: HostSite) -> None:
    platform, journal = HostPlatform(site), Journal(tmp_path / "journal", "espiga")
    provision(platform.steps(), journal, Silent())
    first = site.local.head()
    (site.local.folder / "new.txt").write_text("x")
    site.local.commit_all("New")
    platform.deploy(lambda _: None)
    assert platform.status().commit == site.local.head() != first
    assert (host.home / "bots" / "espiga" / "new.txt").exists()
    assert platform.roll_back() == (first or "")[:8]
    assert (platform.status().commit, platform.status().behind) == (first, True)
    assert not (host.home / "bots" / "espiga" / "new.txt").exists()
    platform.set_config({"REMANSO_LOG_LEVEL": "DEBUG", "WEB_PORT": None})
    assert site.environment()["REMANSO_LOG_LEVEL"] == "DEBUG"
    assert "WEB_PORT" not in site.environment()
    assert list(platform.logs(5)) == ["2026-11-25T12:00:00.000Z web-1: listening"]


def test_a_hosts_database_is_dumped_whole_or_not_at_all(tmp_path: Path, host: Host, site: HostSite) -> None:
    platform, target = HostPlatform(site), tmp_path / "backup"
    assert not platform.back_up(target), "nothing runs there yet"
    provision(platform.steps(), Journal(tmp_path / "journal", "espiga"), Silent())
    for said, whole in (("no dump", False), ("PGDMP and rows", True)):
        host.dump.write_text(f"#!/bin/sh\nprintf '{said}'\n")
        host.dump.chmod(0o755)
        if whole:
            assert platform.back_up(target)
            assert (target / "database.dump").read_bytes() == b"PGDMP and rows"
        else:
            with pytest.raises(OutsideFailed, match="no dump of PostgreSQL's"):
                platform.back_up(target)
            assert not (target / "database.dump").exists()


def test_new_variables_reach_containers_that_run(tmp_path: Path, host: Host, site: HostSite) -> None:
    """Also where the run before died between writing .env and starting the containers anew."""
    platform, journal = HostPlatform(site), Journal(tmp_path / "journal", "espiga")
    provision(platform.steps(), journal, Silent())
    write_environment(site, {**site.environment(), "ESPIGA_APP_SECRET": "new"})
    running = host.home / "bots" / "espiga" / ".running"
    assert "'new'" not in running.read_text()
    site.values = {"ESPIGA_APP_SECRET": SecretStr("new")}
    provision(platform.steps(), journal, Silent())
    assert "ESPIGA_APP_SECRET='new'" in running.read_text()
    assert [found.state for _, found in plan(platform.steps())] == [State.DONE] * 3


def test_a_folder_of_somebody_else_is_left_alone(host: Host, site: HostSite) -> None:
    (host.home / "bots" / "espiga").mkdir(parents=True)
    with pytest.raises(Foreign):
        HostPlatform(site).steps()[0].look()


def test_a_host_that_is_not_there_is_named(site: HostSite) -> None:
    away = HostSite(site.plan.model_copy(update={"options": ("-p", "1")}), "espiga", site.local, {})
    with pytest.raises(OutsideUnavailable, match=r"127\.0\.0\.1"):
        HostPlatform(away).status()


def test_another_client_moves_into_a_shared_app(desk: Operator, world: Places) -> None:
    """The shared deployment is itself a client's repository; another one is a folder in it and some config vars."""
    desk.create("hub")
    hub = world.client_secrets("hub")
    assert desk.run("clients", "provision", "hub", "--json", env=hub).code == 0
    desk.create("espiga")
    with (desk.folder / "fleet.toml").open("a") as inventory:
        inventory.write('platform = "shared"\nshared = { client = "hub", app = "remanso-hub", folder = "hub" }\n')
    app = world.heroku.apps["remanso-hub"]
    moved = desk.run("clients", "provision", "espiga", "--json")
    assert moved.code == 0, moved.out
    assert list(world.heroku.apps) == ["remanso-hub"]
    assert len(app.addons) == 2
    assert app.config["ESPIGA_ACCESS_TOKEN"] == desk.environment["ESPIGA_ACCESS_TOKEN"]
    assert app.config["HUB_VERIFY_TOKEN"] == hub["HUB_VERIFY_TOKEN"]
    assert moved.data["url"].endswith("/run/remanso-hub")
    again = desk.run("clients", "provision", "espiga", "--json")
    assert {step["result"] for step in again.data["steps"] if step["step"] != "test-event"} == {"found"}
    undone = desk.run("clients", "provision", "espiga", "--undo", "--yes", "--json")
    assert undone.code == 0, undone.out
    assert list(world.heroku.apps) == ["remanso-hub"]
    assert not (desk.folder / "hub" / "clients" / "espiga").exists()
    assert (desk.folder / "espiga").is_dir()
    assert not [name for name in app.config if name.startswith("ESPIGA_")]
    assert app.config["REMANSO_OPENAI_API_KEY"]


def test_a_new_commit_of_a_client_reaches_its_shared_app(desk: Operator, world: Places) -> None:
    desk.create("hub")
    hub = world.client_secrets("hub")
    assert desk.run("clients", "provision", "hub", "--json", env=hub).code == 0
    folder = desk.create("espiga")
    with (desk.folder / "fleet.toml").open("a") as inventory:
        inventory.write('platform = "shared"\nshared = { client = "hub", app = "remanso-hub", folder = "hub" }\n')
    assert desk.run("clients", "provision", "espiga", "--json").code == 0
    assert desk.run("fleet", "deploy", "espiga", "--json").data["espiga"]["fate"] == "current"
    (folder / "new.txt").write_text("x")
    Repository(folder).commit_all("New")
    assert desk.run("fleet", "status", "espiga", "--json").data[0]["deployment"]["behind"]
    assert desk.run("fleet", "deploy", "espiga", "--json").data["espiga"]["fate"] == "deployed"
    assert (desk.folder / "hub" / "clients" / "espiga" / "new.txt").exists()
    assert not desk.run("fleet", "status", "espiga", "--json").data[0]["deployment"]["behind"]
    assert desk.run("fleet", "cost", "--json", env=hub).data == {"clients": {"hub": 19.0, "espiga": 0.0}, "total": 19.0}
