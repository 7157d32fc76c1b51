"""Client repositories: made from the template, sound as they are, running, and brought up to newer versions."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path

import psutil
import pytest

from fleet.clients.create import create, template_version
from fleet.clients.template import newest_version, packaged, published
from fleet.clients.update import update
from fleet.git import Repository
from remanso.errors import BadInput
from remanso.testing import check_client
from tests.support.imports import passing_imports
from tests.support.waiting import eventually

EMPRENDEMY = Path(__file__).parents[3] / "clients" / "emprendemy"
TEMPLATE_OWNED = (
    "Procfile",
    "bin/start",
    "app.json",
    "Dockerfile",
    ".dockerignore",
    "compose.yml",
    "heroku.yml",
    "requirements.txt",
    ".python-version",
    ".gitignore",
    ".github/workflows/tests.yml",
)
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


def test_emprendemy_is_what_the_template_makes_grown(tmp_path: Path, template: Path) -> None:
    keeper = published(template, tmp_path / "keeper")
    folder = create("emprendemy", tmp_path / "made", {"title": "Emprendemy"}, str(keeper), ask=False).folder
    for name in TEMPLATE_OWNED:
        assert (EMPRENDEMY / name).read_text("utf-8") == (folder / name).read_text("utf-8"), name
    kept = {path.relative_to(folder).parts[0] for path in folder.rglob("*") if ".git" not in path.parts}
    assert kept - {path.name for path in EMPRENDEMY.iterdir()} == {".copier-answers.yml"}


async def test_its_start_script_runs_services_and_ends_when_one_does(
    tmp_path: Path, template: Path, database_url: str, amqp_url: str
) -> None:
    """As on Heroku: the platform names database and broker in its own variables."""
    folder = made(tmp_path, template)
    secrets = {f"ESPIGA_ES_{name}": "x" for name in ("APP_SECRET", "VERIFY_TOKEN", "ACCESS_TOKEN")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REMANSO_")}
    environment |= {**secrets, "DATABASE_URL": database_url.replace("postgresql+asyncpg", "postgres")}
    environment |= {"CLOUDAMQP_URL": amqp_url, "REMANSO_OPENAI_API_KEY": "x", "REMANSO_CLIENTS_DIR": str(tmp_path)}
    environment["PATH"] = f"{REMANSO.parent}:{environment['PATH']}"

    async def start(*words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec("bin/start", *words, cwd=folder, env=environment, stderr=DEVNULL)

    assert await (await start("migrate")).wait() == 0
    worker = psutil.Process((started := await start("debouncer", "sender")).pid)
    await eventually(lambda: len(worker.children()) == 2, within=60)
    services = worker.children()
    services[0].kill()
    assert await started.wait() != 0
    assert not any(service.is_running() for service in services)


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


def test_where_two_changes_meet_the_folder_stays_and_both_are_told(tmp_path: Path, template: Path) -> None:
    folder = made(tmp_path, template)
    head = Repository(folder).head()
    _change(folder / "Procfile", "web: bin/start web", "web: bin/start web --ours")
    with pytest.raises(BadInput, match="not committed"):
        update(folder)
    Repository(folder).commit_all("Ours")
    ours = Repository(folder).head()
    _change(template / "project" / "Procfile", "web: bin/start web", "web: bin/start web --theirs")
    published(template, tmp_path / "keeper")
    done = update(folder)
    assert (done.outcome, done.after, list(done.conflicts)) == ("conflict", "1.1.0", ["Procfile"])
    wanted = done.conflicts["Procfile"].splitlines()
    assert "-web: bin/start web --ours" in wanted
    assert "+web: bin/start web --theirs" in wanted
    assert Repository(folder).head() == ours != head
    assert Repository(folder).is_clean()
    assert template_version(folder) == "1.0.0"


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
