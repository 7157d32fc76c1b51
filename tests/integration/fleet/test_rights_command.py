"""A deployment from nothing, as its operator makes it: secrets, tables and roles, users; then every service gets in."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from remanso.bus import Bus
from remanso.bus.rights import OWNER, PARTS
from remanso.store import Store
from remanso.store.rights import RIGHTS
from tests.support.infrastructure import database


def remanso(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("remanso")), *words]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REMANSO_")}
    return subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True, check=False)


def place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


async def test_from_nothing_to_services_that_are_let_in(
    tmp_path: Path, postgres: PostgresServer, rabbitmq: RabbitServer
) -> None:
    if rabbitmq.management_url is None:
        pytest.skip("a broker given by its URL has no management address")
    made = await asyncio.to_thread(
        remanso, "secrets", "--into", str(tmp_path), "--broker", place(rabbitmq.url), "--database", place(postgres.url)
    )
    assert made.returncode == 0, made.stderr
    secrets = contents(tmp_path)
    assert not [name for name, value in secrets.items() if "password" in name and value in made.stdout + made.stderr]

    async with database(postgres.url) as url, httpx.AsyncClient(base_url=rabbitmq.management_url) as management:
        (tmp_path / "owner_database_url").write_text(url)
        granted = await asyncio.to_thread(
            remanso,
            "migrate",
            "--grant",
            REMANSO_DATABASE_URL_FILE=str(tmp_path / "owner_database_url"),
            **{
                f"REMANSO_{name.upper()}_DATABASE_PASSWORD_FILE": f"{tmp_path}/{name}_database_password"
                for name in RIGHTS
            },
        )
        assert (granted.returncode, granted.stderr) == (0, "")
        wanted = json.loads(secrets["rabbitmq_definitions.json"])
        (await management.post("/api/definitions", json=wanted, timeout=60)).raise_for_status()

        for name in RIGHTS:  # which database is told apart by its name, as a deployment has one
            own = secrets[f"{name}_database_url"].rpartition("/")[0] + "/" + url.rpartition("/")[2]
            async with Store.connect(own) as store:
                assert await store.ping(), name
        for name in PARTS:
            async with asyncio.timeout(30), Bus.connect(secrets[f"{name}_amqp_url"], name) as bus:
                assert bus.healthy()
            await management.delete(f"/api/users/remanso-{name}")
        await management.delete(f"/api/users/remanso-{OWNER}")


async def test_definitions_come_from_the_passwords_that_are_given(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of the agent")
    passwords = {f"REMANSO_{name.upper()}_AMQP_PASSWORD": f"of {name}" for name in (OWNER, *PARTS) if name != "agent"}
    told = await asyncio.to_thread(
        remanso,
        *("rabbitmq", "definitions", "--vhost", "bots"),
        REMANSO_AGENT_AMQP_PASSWORD_FILE=str(tmp_path / "password"),
        **passwords,
    )
    assert {user["name"] for user in json.loads(told.stdout)["users"]} == {
        f"remanso-{name}" for name in (OWNER, *PARTS)
    }
    assert "of the agent" not in told.stdout

    missing = await asyncio.to_thread(remanso, "rabbitmq", "definitions", **passwords)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "REMANSO_AGENT_AMQP_PASSWORD: missing" in missing.stderr
    alike = await asyncio.to_thread(
        remanso, "rabbitmq", "definitions", REMANSO_AGENT_AMQP_PASSWORD="of sender", **passwords
    )
    assert "two users of the broker have one password" in alike.stderr
