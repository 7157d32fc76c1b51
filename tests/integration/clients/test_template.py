"""Client repositories: made from the template, sound as they are, running, and brought up to newer versions."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import httpx
import pytest

from fleet.clients.create import create, template_version
from fleet.clients.template import newest_version, packaged, published
from fleet.clients.update import update
from fleet.git import Repository
from fleet.local.control import Control
from remanso.errors import BadInput
from remanso.testing import check_client
from tests.support.imports import passing_imports
from tests.support.waiting import eventually

REMANSO = Path(sys.executable).with_name("remanso")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The template's files, to be changed."""
    return shutil.copytree(packaged(), tmp_path / "template")


def made(tmp_path: Path, template: Path, language: str = "es") -> Path:
    keeper = published(template, tmp_path / "keeper")
    folder = tmp_path / f"espiga-{language}"
    answers = {"title": 'Panadería "La Espiga"', "language": language}
    return create(f"espiga-{language}", folder, answers, str(keeper), ask=False).folder


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_fresh_clone_passes_its_own_tests(tmp_path: Path, template: Path, language: str) -> None:
    clone = tmp_path / "clone"
    Repository(tmp_path).git("clone", "--quiet", str(made(tmp_path, template, language)), str(clone))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=clone, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    with passing_imports():
        assert check_client(clone) == []
    readme = (clone / "README.md").read_text("utf-8")
    assert ("El bot de WhatsApp" in readme) == (language == "es")
    assert os.access(clone / "bin" / "start", os.X_OK)
    json.loads((clone / "app.json").read_text())


async def test_its_bot_answers_under_remanso_dev(
    tmp_path: Path, template: Path, database_url: str, amqp_url: str
) -> None:
    """Run in the client's own folder, with no other client beside it."""
    folder = made(tmp_path, template)
    servers = {"REMANSO_DATABASE_URL": database_url, "REMANSO_AMQP_URL": amqp_url}
    dev = await asyncio.create_subprocess_exec(
        REMANSO, "dev", "--headless", "--json", cwd=folder, env={**os.environ, **servers}, stdout=PIPE, stderr=DEVNULL
    )
    try:
        assert dev.stdout is not None
        stack = json.loads(await dev.stdout.readline())
        assert stack["client"] == "espiga-es"
        async with httpx.AsyncClient() as http:
            phone = Control(http, stack["simulator_url"])
            await phone.write("5491155550199", [{"type": "text", "text": "hola! qué ofrecen?"}])

            async def answered() -> bool:
                said = await phone.conversation("5491155550199")
                return any(each["direction"] == "out" and each["text"] for each in said)

            await eventually(answered, within=60)
    finally:
        dev.send_signal(signal.SIGTERM)
        await dev.wait()


def test_what_is_created_twice_is_there_once(tmp_path: Path, template: Path) -> None:
    folder = made(tmp_path, template)
    head = Repository(folder).head()
    (tmp_path / ".espiga-es.making").mkdir()
    assert Repository(made(tmp_path, template)).head() == head
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("x")
    with pytest.raises(BadInput, match="something else"):
        create("other", tmp_path / "other", {}, str(tmp_path / "keeper"), ask=False)
    with pytest.raises(BadInput, match="small letters"):
        create("Not Good", tmp_path / "bad", {}, str(tmp_path / "keeper"), ask=False)
    assert not (tmp_path / "bad").exists()


def test_an_update_merges_and_leaves_the_clients_own_alone(tmp_path: Path, template: Path) -> None:
    folder = made(tmp_path, template)
    (folder / "prompts" / "system.md").write_text("Nuestro.\n")
    (folder / "Procfile").write_text((folder / "Procfile").read_text() + "clock: bin/start clock\n")
    Repository(folder).commit_all("Ours")
    _change(template / "project" / "Procfile", "release: bin/start migrate", "release: bin/start migrate --all")
    _change(template / "project" / "prompts" / "system.md.jinja", "Sos la", "Vos sos la")
    keeper = published(template, tmp_path / "keeper")
    assert newest_version(Repository(keeper)) == "1.1.0"
    done = update(folder)
    assert (done.outcome, done.before, done.after) == ("updated", "1.0.0", "1.1.0")
    assert (folder / "Procfile").read_text().splitlines()[0] == "release: bin/start migrate --all"
    assert (folder / "Procfile").read_text().splitlines()[-1] == "clock: bin/start clock"
    assert (folder / "prompts" / "system.md").read_text() == "Nuestro.\n"
    assert Repository(folder).is_clean()
    assert update(folder).outcome == "current"


def test_two_changes_that_meet_are_left_for_a_person(tmp_path: Path, template: Path) -> None:
    folder = made(tmp_path, template)
    head = Repository(folder).head()
    _change(folder / "Procfile", "web: bin/start ingress", "web: bin/start ingress --ours")
    with pytest.raises(BadInput, match="not committed"):
        update(folder)
    Repository(folder).commit_all("Ours")
    ours = Repository(folder).head()
    _change(template / "project" / "Procfile", "web: bin/start ingress", "web: bin/start ingress --theirs")
    published(template, tmp_path / "keeper")
    done = update(folder)
    assert (done.outcome, done.conflicts) == ("conflict", ["Procfile"])
    assert Repository(folder).head() == ours != head
    assert template_version(folder) == "1.1.0"
    assert "<<<<<<<" in (folder / "Procfile").read_text()


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
