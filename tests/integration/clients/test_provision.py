"""`remanso clients provision` against all places: what it makes, finds, refuses, takes back."""

import stat
import subprocess
from pathlib import Path

from fleet.git import Repository
from services.simulator.graph.templates import Definition
from tests.support.provisioning import Operator
from tests.support.standins.evidence import differences, own_templates
from tests.support.standins.places import NUMBER, WABA, Places

CHANGES_PENDING = 2


def test_a_client_comes_to_life_once(desk: Operator, world: Places) -> None:
    """Limits and half-ready things on the way are waited for; a second run finds all, and makes nothing."""
    head = Repository(desk.create("espiga")).head() or ""
    world.github.refuse_next, world.heroku.refuse_next = 2, 1
    first = desk.run("clients", "provision", "espiga", "--json")
    assert first.code == 0, first.out + first.err
    assert differences(world, "espiga", head, desk.environment) == []
    results = {step["step"]: step["result"] for step in first.data["steps"]}
    assert (results["app"], results["token"], results["config"]) == ("made", "found", "changed")
    world.tripwire.calls.clear()
    again = desk.run("clients", "provision", "espiga", "--json")
    assert {step["result"] for step in again.data["steps"] if step["step"] != "test-event"} == {"found"}
    assert [call for call in world.tripwire.calls if not call.startswith("GET")] == [
        "POST /run/remanso-espiga/webhooks/whatsapp/espiga"
    ]
    assert desk.run("clients", "provision", "espiga", "--dry-run").code == 0


def test_a_dry_run_reads_alone_and_tells_the_price(desk: Operator, world: Places) -> None:
    desk.create("espiga")
    shown = desk.run("clients", "provision", "espiga", "--dry-run")
    assert shown.code == CHANGES_PENDING
    assert "create heroku-postgresql:essential-0, 5.00 USD a month" in " ".join(shown.err.split())
    assert all(call.startswith("GET") for call in world.tripwire.calls)
    assert not world.heroku.apps
    assert not world.github.repositories


def test_what_belongs_to_others_stops_it(desk: Operator, world: Places) -> None:
    desk.create("espiga")
    world.github.add("acme/espiga", {"private": True, "description": "somebody's"})
    refused = desk.run("clients", "provision", "espiga", "--yes")
    assert refused.code == 1
    assert "it was not made for this client" in refused.err
    assert "[remanso:espiga]" in refused.err
    world.github.reset()
    world.heroku.strangers.add("remanso-espiga")
    refused = desk.run("clients", "provision", "espiga", "--json")
    assert (refused.code, refused.data["failed"]) == (1, "app")
    assert "belongs to somebody else" in refused.data["why"]
    assert "heroku.app" in refused.data["todo"]
    assert not world.github.repositories


def test_a_token_in_the_history_is_not_pushed(desk: Operator, world: Places) -> None:
    folder = desk.create("espiga")
    (folder / "notes.txt").write_text("ghp_" + "a1B2" * 9)
    Repository(folder).commit_all("Notes")
    (folder / "notes.txt").unlink()
    Repository(folder).commit_all("No notes")
    refused = desk.run("clients", "provision", "espiga", "--json")
    assert (refused.code, refused.data["failed"]) == (1, "push")
    assert "looks like a token" in refused.data["why"]
    assert world.github.head("acme/espiga") is None


def test_undo_takes_back_what_was_made_and_leaves_what_was_found(desk: Operator, world: Places) -> None:
    """The repository was there, with the mark that a person gave it; the account had a template of its own."""
    desk.create("espiga")
    world.github.add("acme/espiga", {"private": True, "description": "ours [remanso:espiga]"})
    account = world.simulator.management.accounts[WABA]
    template = Definition(name="pending_answer", language="es", body="Hola")
    world.simulator.graph.templates.create(WABA, template)
    assert desk.run("clients", "provision", "espiga", "--json").code == 0
    assert account.subscribed
    undone = desk.run("clients", "provision", "espiga", "--undo", "--json", "--yes")
    assert undone.code == 0, undone.out
    assert not world.heroku.apps
    assert not account.subscribed
    assert own_templates(world) == [("pending_answer", "es")]
    repo = world.github.repositories["acme/espiga"]
    assert (repo.body["archived"], repo.secrets, repo.protection) == (False, {}, None)


def test_a_number_is_registered_with_the_pin_that_is_named(desk: Operator, world: Places) -> None:
    desk.create("espiga")
    world.simulator.management.unregister(NUMBER, "123456")
    refused = desk.run("clients", "provision", "espiga", "--json")
    assert (refused.data["failed"], "meta.register_pin" in refused.data["todo"]) == ("numbers", True)
    with (desk.folder / "fleet.toml").open("a") as inventory:
        inventory.write('meta = { register_pin = "ESPIGA_PIN" }\n')
    refused = desk.run("clients", "provision", "espiga", "--json", env={"ESPIGA_PIN": "654321"})
    assert (refused.data["failed"], "PIN" in refused.data["todo"]) == ("numbers", True)
    assert desk.run("clients", "provision", "espiga", "--json", env={"ESPIGA_PIN": "123456"}).code == 0


def test_a_build_that_fails_says_so_and_the_next_commit_goes_on(desk: Operator, world: Places) -> None:
    folder = desk.create("espiga")
    world.heroku.fail_builds_with = "broken.txt"
    (folder / "broken.txt").write_text("x")
    Repository(folder).commit_all("Broken")
    failed = desk.run("clients", "provision", "espiga", "--json")
    assert (failed.code, failed.data["failed"]) == (1, "build")
    assert "Python app detected" in failed.data["why"]
    (folder / "broken.txt").unlink()
    Repository(folder).commit_all("Mended")
    assert desk.run("clients", "provision", "espiga", "--json").code == 0
    assert len(world.heroku.apps) == 1


def test_no_secret_is_left_anywhere(desk: Operator, world: Places, tmp_path: Path) -> None:
    """Output, journals, the client's repository with all its history, and every command line of git."""
    shims = tmp_path / "shims"
    shims.mkdir()
    git = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    (shims / "git").write_text(f'#!/bin/sh\necho "$0 $@" >> {tmp_path}/argv\nexec {git} "$@"\n')
    (shims / "git").chmod(0o755)
    desk.create("espiga")
    path = f"{shims}:{desk.environment['PATH']}"
    desk.run("clients", "provision", "espiga", "--dry-run", env={"PATH": path})
    world.heroku.fail_builds_with = "Procfile"
    desk.run("clients", "provision", "espiga", "--yes", env={"PATH": path, "REMANSO_LOG_LEVEL": "DEBUG"})
    world.heroku.fail_builds_with = None
    desk.run("clients", "provision", "espiga", "--yes", env={"PATH": path})
    desk.run(
        "clients", "provision", "espiga", "--yes", env={"PATH": path, "ESPIGA_ACCESS_TOKEN": "EAAwrong-token-0002"}
    )
    desk.run("clients", "provision", "espiga", "--yes", env={"PATH": path, "GITHUB_TOKEN": "ghp_wrong-token-0002"})
    secrets = {value for value in desk.environment.values() if "0001" in value} | {"verify-token-of-espiga"}
    secrets |= {"EAAwrong-token-0002", "ghp_wrong-token-0002", world.github.token, world.heroku.token}
    assert len(secrets) >= 9
    written = {"output": "".join(run.out + run.err for run in desk.runs), "argv": (tmp_path / "argv").read_text()}
    unpacked = subprocess.run(
        ["git", "-C", str(desk.folder / "espiga"), "log", "--all", "-p"], capture_output=True, text=True, check=True
    )
    written["history"] = unpacked.stdout
    for file in desk.folder.rglob("*"):
        if file.is_file():
            written[str(file)] = file.read_bytes().decode("latin-1")
    assert "push" in written["argv"]
    assert [(where, secret) for where, text in written.items() for secret in secrets if secret in text] == []
    journal = desk.folder / ".remanso" / "fleet" / "espiga.json"
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
