"""`remanso dev` as a program sees it: one line of JSON, a stack that answers, and nothing left after a signal."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import psutil
import pytest

from fleet.local.environment import Elsewhere
from fleet.local.reload import READERS, look_at, reload_on_change
from fleet.local.stack import SERVICES, LocalStack
from fleet.local.ways import wait_until
from tests.support.clients import lay_out_clients

CLIENTS = Path(__file__).parents[3] / "clients"
SERVERS = {"webhook_url", "graph_url", "openai_url", "simulator_url", "console_url", "amqp_url", "database_url"}
KEYS = SERVERS | {"verify_token", "app_secret", "client", "phone_number_id", "console_login", "metrics", "pids"}


async def _remanso(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    command = Path(sys.executable).with_name("remanso")
    return await asyncio.create_subprocess_exec(
        command, *arguments, stdout=PIPE, stderr=PIPE, env={**os.environ, **environment}
    )


async def test_headless_stack_announces_itself_and_leaves_nothing(
    tmp_path: Path, database_url: str, amqp_url: str
) -> None:
    servers = {"REMANSO_DATABASE_URL": database_url, "REMANSO_AMQP_URL": amqp_url}
    remanso = await _remanso(
        "dev", "--headless", "--json", **servers, REMANSO_CLIENTS_DIR=str(_beside_a_broken_one(tmp_path))
    )
    assert remanso.stdout is not None
    stack = json.loads(await remanso.stdout.readline())
    assert set(stack) == KEYS
    assert set(stack["pids"]) == set(stack["metrics"]) == set(SERVICES)
    async with httpx.AsyncClient() as http:
        for [url] in stack["metrics"].values():
            assert "remanso_" in (await http.get(url)).text
    processes = [psutil.Process(pid) for pids in stack["pids"].values() for pid in pids]
    remanso.send_signal(signal.SIGTERM)
    rest, told = await remanso.communicate()
    assert (remanso.returncode, rest) == (0, b"")
    assert b"client broken is left out" in told
    assert not any(process.is_running() for process in processes)


def _beside_a_broken_one(folder: Path) -> Path:
    """A folder of clients of which one is sound."""
    (folder / "emprendemy").symlink_to(CLIENTS / "emprendemy")
    (folder / "broken").mkdir()
    (folder / "broken" / "client.toml").write_text("name = 'Not Good'")
    return folder


async def test_processes_come_back_where_they_were_when_killed_and_when_their_client_changes(
    tmp_path: Path, database_url: str, amqp_url: str
) -> None:
    elsewhere, clients = Elsewhere(database_url=database_url, amqp_url=amqp_url), lay_out_clients(tmp_path)
    async with LocalStack(clients_dir=clients, scale={"debouncer": 2}, elsewhere=elsewhere) as stack:
        before, metrics = stack.pids, stack.metrics
        assert len(before["debouncer"]) == 2
        stack.kill("debouncer", 1)

        async def is_back() -> bool:
            return len(stack.pids["debouncer"]) == 2 and stack.pids != before

        await wait_until(is_back, within=30, otherwise="the debouncer did not come back")
        await stack.wait_ready()
        assert stack.pids["debouncer"][0] == before["debouncer"][0]
        assert stack.metrics == metrics
        client = tmp_path / "emprendemy"
        assert await restarted(stack, client / "prompts" / "system.md", "\n") == {"agent"}
        assert await restarted(stack, client / "client.toml", "\n") == set(READERS)
        assert await restarted(stack, client / "client.toml", "colour = 1\n") == set(), "nobody can start with this"
        assert stack.metrics == metrics


async def restarted(stack: LocalStack, edited: Path, added: str) -> set[str]:
    """The services that started anew after somebody added to a file, once the stack has told what became of it."""
    before, told = stack.pids, asyncio.Event()
    stack.progress.tell = lambda line: told.set() if edited.name in line else None  # type: ignore[method-assign]
    watching = asyncio.create_task(reload_on_change(stack, look_at(stack.clients_dir)))
    with edited.open("a", encoding="utf-8") as file:
        file.write(added)
    async with asyncio.timeout(60):
        await told.wait()
    watching.cancel()
    return {name for name, pids in stack.pids.items() if pids != before[name]}


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["--scale", "debuncer=2"], {}, "debuncer"),
        ([], {"REMANSO_AMQP_URL": "amqp://127.0.0.1:1/"}, "nothing answers at 127.0.0.1:1"),
        ([], {"REMANSO_LOCAL_WAYS": "docker", "DOCKER_HOST": "tcp://127.0.0.1:1"}, "no Docker engine answers"),
        ([], {"REMANSO_CLIENTS_DIR": "/nowhere"}, "REMANSO_CLIENTS_DIR"),
    ],
)
async def test_what_cannot_be_is_one_clear_line(arguments: list[str], environment: dict[str, str], says: str) -> None:
    remanso = await _remanso("dev", *arguments, **{"REMANSO_LOCAL_WAYS": "private", **environment})
    said, why = await remanso.communicate()
    last = why.decode().strip().splitlines()[-1]
    assert (remanso.returncode, said) == (1, b"")
    assert last.startswith("remanso: ")
    assert says in last


async def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        remanso = await _remanso("dev", "--port", str(port))
        _, why = await remanso.communicate()
    assert remanso.returncode == 1
    assert why.decode().strip() == f"remanso: port {port} is in use; choose another one with --port"
