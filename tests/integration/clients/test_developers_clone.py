"""What a client's developer gets: the repository that provisioning pushed, cloned from GitHub over HTTP into an
environment of its own, with its tests passing and its bot answering."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from fleet.git import Repository
from fleet.local.control import Control
from tests.support.provisioning import Operator
from tests.support.standins.places import Places
from tests.support.waiting import eventually

REMANSO = Path(sys.executable).with_name("remanso")
CONTACT = "5491155550199"


@pytest.mark.timeout(300)
async def test_a_fresh_clone_passes_its_tests_and_its_bot_answers(
    desk: Operator, world: Places, tmp_path: Path, database_url: str, amqp_url: str
) -> None:
    desk.create("espiga", title='Panadería "La Espiga"', language="es")
    provisioned = desk.run("clients", "provision", "espiga", "--json")
    assert provisioned.code == 0, provisioned.out
    clone, python = tmp_path / "clone", _environment(tmp_path / "venv")
    remote = f"{world.url.replace('//', '//x-access-token@')}/git/acme/espiga.git"
    Repository(tmp_path).git("clone", "--quiet", remote, str(clone), token=SecretStr(world.github.token))
    _run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-build-isolation", clone)
    assert "2 passed" in _run(python, "-m", "pytest", "-q", cwd=clone)
    servers = {"REMANSO_DATABASE_URL": database_url, "REMANSO_AMQP_URL": amqp_url}
    async with _remanso_dev(python, clone, servers) as stack, httpx.AsyncClient() as http:
        assert stack["client"] == "espiga"
        phone = Control(http, stack["simulator_url"])
        await phone.write(CONTACT, [{"type": "text", "text": text} for text in ("hola!", "qué ofrecen?")])

        async def answered() -> bool:
            said = [each["text"] for each in await phone.conversation(CONTACT) if each["direction"] == "out"]
            return any("• Consulta completa: ARS 5000" in text for text in said)

        await eventually(answered, within=90)


def _environment(folder: Path) -> Path:
    """A new one without the client; what that needs is taken from ours: fetching it anew would take minutes."""
    _run(sys.executable, "-m", "venv", "--without-pip", folder)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return folder / "bin" / "python"


def _run(*words: object, cwd: Path | None = None) -> str:
    ended = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@asynccontextmanager
async def _remanso_dev(python: Path, folder: Path, servers: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
    environment = {**os.environ, **servers}
    dev = await asyncio.create_subprocess_exec(
        python, REMANSO, "dev", "--headless", "--json", cwd=folder, env=environment, stdout=PIPE, stderr=DEVNULL
    )
    try:
        assert dev.stdout is not None
        yield json.loads(await dev.stdout.readline())
    finally:
        dev.send_signal(signal.SIGTERM)
        await dev.wait()
