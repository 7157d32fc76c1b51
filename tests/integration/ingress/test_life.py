"""The ingress as a process: what it says when it cannot start, and how it leaves."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import httpx

from tests.support.child import Child, child
from tests.support.ingress import SECRETS, Ingress, lay_out
from tests.support.tcp_proxy import proxy_for, through
from tests.support.waiting import eventually
from tests.support.whatsapp import text_message, webhook

RUN = "import runpy; runpy.run_module('services.ingress', run_name='__main__')"


def problem_in(process: Child, event: str) -> str:
    lines = [json.loads(line) for line in process.lines if line.startswith("{")]
    assert any(line["event"] == event for line in lines), "".join(process.lines) + process.errors
    return next(str(line.get("problem") or line.get("reason")) for line in lines if line["event"] == event)


def environment(clients: Path, amqp_url: str, port: int = 0) -> dict[str, str]:
    return {
        "REMANSO_AMQP_URL": amqp_url,
        "REMANSO_CLIENTS_DIR": str(clients),
        "REMANSO_HTTP_HOST": "127.0.0.1",
        "REMANSO_HTTP_PORT": str(port),
        **SECRETS,
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


async def test_wrong_settings_are_named_together() -> None:
    async with child(RUN, {"REMANSO_HTTP_PORT": "99999"}) as process:
        assert await process.ended() == 2
    assert "REMANSO_AMQP_URL" in process.errors
    assert "REMANSO_HTTP_PORT" in process.errors


async def test_without_any_client_it_does_not_start(tmp_path: Path) -> None:
    variables = environment(lay_out(tmp_path, "emprendemy"), "amqp://nobody@127.0.0.1:1/")
    del variables["EMPRENDEMY_VERIFY_TOKEN"]
    async with child(RUN, variables) as process:
        assert await process.ended() == 2
    assert "EMPRENDEMY_VERIFY_TOKEN" in problem_in(process, "client.broken")
    assert "no client to serve" in problem_in(process, "service.misconfigured")


async def test_a_port_in_use_is_one_clear_line(tmp_path: Path, amqp_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with child(RUN, environment(lay_out(tmp_path, "emprendemy"), amqp_url, port)) as process:
            assert await process.ended() == 1
    assert f"cannot listen on 127.0.0.1:{port}" in problem_in(process, "service.failed")


async def test_a_stop_finishes_what_is_in_work(tmp_path: Path, amqp_url: str) -> None:
    port = free_port()
    async with proxy_for(amqp_url) as proxy:
        variables = environment(lay_out(tmp_path, "emprendemy", "second"), through(proxy, amqp_url), port)
        variables["REMANSO_OPS_PORT_FILE"] = str(tmp_path / "ops-port")
        async with (
            child(RUN, variables) as process,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
        ):
            await process.until("service.started")
            running = Ingress(http)
            assert await running.post(webhook(text_message("wamid.A"))) == 200
            proxy.stall()
            waiting = asyncio.create_task(running.post(webhook(text_message("wamid.B"))))
            await eventually(lambda: in_work(http, bound_port(tmp_path / "ops-port")))
            process.process.send_signal(signal.SIGTERM)
            await eventually(lambda: refuses(port))
            assert not waiting.done()
            proxy.flow()
            assert await waiting in (200, 503)
            assert await process.ended() == 0


def bound_port(file: Path) -> int:
    return int(file.read_text())


async def in_work(http: httpx.AsyncClient, ops_port: int) -> bool:
    metrics = await http.get(f"http://127.0.0.1:{ops_port}/metrics")
    return "remanso_ingress_webhooks_in_work 1.0" in metrics.text


async def refuses(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    await writer.wait_closed()
    return False
