"""Several services behind one port: the panel's own app, which has no client, and what is asked for by mistake."""

import subprocess
import sys
from pathlib import Path

import httpx

from fleet.local.ports import LOOPBACK, free_ports
from tests.support.child import child
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[3]
SOURCE = "import sys; from fleet import web; web.main(['console', 'collector'])"


async def test_the_panels_own_app_has_the_collector_and_the_console(database_url: str, amqp_url: str) -> None:
    [port] = free_ports(1)
    told = {
        "REMANSO_DATABASE_URL": database_url,
        "REMANSO_AMQP_URL": amqp_url,
        "REMANSO_COLLECTOR_TOKEN": "the collector's token in this test",
        "REMANSO_CONSOLE_SECRET": "a secret that the app alone knows",
        "REMANSO_HTTP_HOST": LOOPBACK,
        "REMANSO_HTTP_PORT": str(port),
    }
    async with child(SOURCE, told, within=120) as web, httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as http:
        await web.until("service.started")
        assert (await http.get("/readyz")).json() == {"ok": True, "version": "0.1.0"}
        assert (await http.get("/collector/apps/espiga")).status_code == 401
        assert (await http.post("/collector/apps/espiga/drain", content=b"")).status_code == 401
        assert (await http.get("/apps")).headers["location"].startswith("/login")
        assert (await http.get("/webhooks/whatsapp/espiga")).status_code == 404
        web.process.terminate()
        await eventually(lambda: web.process.returncode is not None)


def test_a_room_that_is_none_is_named() -> None:
    for words in (["ingres"], []):
        ended = subprocess.run(
            [sys.executable, "-m", "fleet.web", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        assert "name one or more of ingress, collector, console" in ended.stderr
