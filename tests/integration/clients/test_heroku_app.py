"""A created client's app, run as Heroku runs it: the release first, then web and worker, told by Heroku's variables."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from fleet.clients.create import create
from fleet.clients.template import packaged, published
from fleet.local.control import Control
from fleet.local.ports import LOOPBACK, free_ports
from remanso.bus import Bus
from remanso.model.app_key import AppKey
from remanso.model.heartbeat import Trouble
from remanso.model.tokens import hashed
from remanso.runtime.http import serving
from remanso.store import Store
from remanso.store.apps import Credentials
from services.collector.app import create_app
from services.console.apps.panel import all_rows
from tests.support.dynos import App, heroku_app
from tests.support.waiting import eventually

SECRETS = {"ESPIGA_APP_SECRET": "s", "ESPIGA_VERIFY_TOKEN": "v", "ESPIGA_ACCESS_TOKEN": "t"}
PHONE = "5491155550199"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keeper = published(packaged(), tmp_path / "keeper")
    return create("espiga", tmp_path / "espiga", {}, str(keeper), ask=False).folder


@asynccontextmanager
async def meta_and_openai(webhook_url: str) -> AsyncIterator[str]:
    """The simulator, which knows the app's number and secrets; its address."""
    [port] = free_ports(1)
    number = {"phone_number_id": "800000000000001", "display_phone_number": "+54 9 11 5555-0101"}
    settings = {
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(port),
        "OPS_HOST": LOOPBACK,
        "OPS_PORT": "0",
        "SIMULATOR_WEBHOOK_URL": webhook_url,
        "SIMULATOR_APP_SECRET": "s",
        "SIMULATOR_VERIFY_TOKEN": "v",
        "SIMULATOR_ACCESS_TOKEN": "t",
        "SIMULATOR_NUMBERS": json.dumps([{**number, "waba_id": "900000000000001", "name": "Espiga"}]),
    }
    told = {f"REMANSO_{name}": value for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.simulator", env=os.environ | told)
    try:
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as http:
            await eventually(lambda: _answers(http, "/control/state"), within=90)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        await process.wait()


def config(database_url: str, amqp_url: str, simulator_url: str) -> dict[str, str]:
    return {
        **SECRETS,
        "DATABASE_URL": database_url.replace("postgresql+asyncpg", "postgres").replace("postgresql", "postgres"),
        "CLOUDAMQP_URL": amqp_url,
        "REMANSO_PRODUCTION": "false",  # nobody real: Meta and OpenAI are asked by plain http
        "REMANSO_OPENAI_API_KEY": "x",
        "REMANSO_OPENAI_BASE_URL": f"{simulator_url}/openai/v1",
        "REMANSO_GRAPH_BASE_URL": f"{simulator_url}/graph",
        "REMANSO_CLIENTS_DIR": "..",
        "REMANSO_CONSOLE_SECRET": "a secret that the app alone knows",
        "REMANSO_CONSOLE_URL": "https://remanso-espiga.example",
    }


async def test_one_port_serves_webhooks_and_console_and_all_dynos_end_in_time(
    folder: Path, database_url: str, amqp_url: str
) -> None:
    [port] = free_ports(1)
    web_url = f"http://{LOOPBACK}:{port}"
    async with (
        meta_and_openai(f"{web_url}/webhooks/whatsapp/espiga") as simulator_url,
        heroku_app(folder, config(database_url, amqp_url, simulator_url)) as app,
        httpx.AsyncClient(base_url=web_url) as http,
    ):
        release = await app.run("release")
        assert await release.wait() == 0
        app.dynos.clear()
        await app.run("web", PORT=str(port))
        await app.run("worker")
        await eventually(lambda: _answers(http, "/readyz"), within=90)
        phone = Control(http, simulator_url)
        await phone.write(PHONE, [{"type": "text", "text": "hola! qué ofrecen?"}])
        login = await http.get("/login")
        assert login.status_code == 200
        assert "content-security-policy" in login.headers
        assert (await http.get("/webhooks/whatsapp/nobody")).status_code == 404
        assert (await http.post("/webhooks/whatsapp/espiga", content=b"{}")).status_code == 401
        await eventually(lambda: _answered(phone), within=90)
        await _end(app)


async def test_the_panel_sees_a_worker_die_and_then_the_app(folder: Path, database_url: str, amqp_url: str) -> None:
    """With heartbeats each second, of which three that do not come make an app silent."""
    text = AppKey.new()
    key = AppKey(text)
    [port] = free_ports(1)
    async with (
        Store.connect(database_url) as store,
        serving(create_app(store, "not asked for in this test"), LOOPBACK, 0) as collector_port,
        heroku_app(folder, config(database_url, amqp_url, "http://127.0.0.1:9")) as app,
    ):
        assert await (await app.run("release")).wait() == 0
        async with store.transaction() as tx:
            await tx.apps.enter("espiga", Credentials(key.public, hashed(key.drain_password)), {})
        told = {"REMANSO_COLLECTOR_URL": f"http://{LOOPBACK}:{collector_port}", "REMANSO_APP": "espiga"}
        await app.run("web", PORT=str(port), REMANSO_APP_KEY=text, REMANSO_HEARTBEAT_SECONDS="1", **told)
        await app.run("worker")
        await eventually(lambda: _complained(store), within=90)
        app.kill("worker.1")
        await eventually(lambda: _complained(store, Trouble.NOBODY_READS), within=60)
        app.kill("web.1")
        await eventually(lambda: _complained(store, Trouble.SILENT), within=60)


async def _complained(store: Store, *troubles: Trouble) -> bool:
    """Whether the panel says these of the app; without any, that it is well."""
    async with store.transaction() as tx:
        [row] = await all_rows(tx)
    told = {each.trouble for each in row.complaints}
    return set(troubles) <= told if troubles else not told


async def _end(app: App) -> None:
    """`stop` waits for no more than Heroku's thirty seconds; our own limit is 25."""
    for name in list(app.dynos):
        assert await app.stop(name) < 28


async def _answers(http: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await http.get(path)).status_code == 200
    except httpx.TransportError:
        return False


async def _answered(phone: Control) -> bool:
    said = await phone.conversation(PHONE)
    return any(each["direction"] == "out" and each["text"] for each in said)


async def test_the_workers_run_as_three_dynos_too(folder: Path, database_url: str, amqp_url: str) -> None:
    """What cannot start ends its dyno, with its code: Heroku starts it anew."""
    read = {"debouncer.message-received", "agent.turn-ready", "sender.delivery-ready"}
    async with (
        heroku_app(folder, config(database_url, amqp_url, "http://127.0.0.1:9")) as app,
        Bus.connect(amqp_url, "a test") as bus,
    ):
        assert await (await app.run("release")).wait() == 0
        assert await (await app.run("worker", REMANSO_SENDER_SLOTS="none")).wait() == 2
        app.dynos.clear()
        for kind in ("debouncer", "agent", "sender"):
            await app.run(kind)

        async def all_read() -> bool:
            return read <= {each.queue for each in await bus.graveyard.depths() if each.readers}

        await eventually(all_read, within=90)
        await _end(app)


def test_the_container_runs_what_the_procfile_runs(folder: Path) -> None:
    """`heroku.yml` and app.json name the same processes."""
    manifest = yaml.safe_load((folder / "heroku.yml").read_text("utf-8"))
    runs = {kind: run if isinstance(run, str) else run["command"][0] for kind, run in manifest["run"].items()}
    assert {**runs, "release": manifest["release"]["command"][0]} == App(folder, {}).procfile()
    assert json.loads((folder / "app.json").read_text())["formation"].keys() <= runs.keys()
