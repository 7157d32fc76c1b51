"""A process is only known by what the system sees of it: output, exit code, HTTP. So these start real ones."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import httpx

from tests.support.child import Child, child
from tests.support.waiting import eventually

PRELUDE = """
import asyncio, sys
from remanso.errors import ConfigurationError
from remanso.runtime import process as module
from remanso.runtime.process import run
from remanso.runtime.settings import OpsSettings, StoreSettings, load_settings

def say(word):
    print(word, flush=True)

def go(serve, settings=OpsSettings):
    run("toy", load_settings(settings), serve)
"""

IDLE = """
async def serve(process):
    say("opened")
    try:
        await process.until_stopped()
    finally:
        say("closed")
go(serve)
"""


def events(ended: Child) -> list[str]:
    return [json.loads(line)["event"] for line in ended.lines if line.startswith("{")]


async def test_a_signal_ends_it_in_order_with_0() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        async with child(PRELUDE + IDLE) as toy:
            await toy.until("service.started")
            toy.process.send_signal(number)
            assert await toy.ended() == 0
            assert toy.lines[-3:-1][1] == "closed\n"
            assert events(toy)[-2:] == ["service.stopping", "service.stopped"]
            assert toy.errors == ""


async def test_a_signal_while_it_is_still_opening_ends_it_with_0() -> None:
    opening = """
async def serve(process):
    say("waiting for the broker")
    await asyncio.Event().wait()
go(serve)
"""
    async with child(PRELUDE + opening) as toy:
        await toy.until("waiting for the broker")
        toy.process.terminate()
        assert await toy.ended() == 0


async def test_supervised_tasks_end_before_resources_close() -> None:
    source = """
async def serve(process):
    async def sweep():
        await process.stopping.wait()
        await asyncio.sleep(0.1)
        say("swept")
    async def stubborn():
        try:
            await asyncio.Event().wait()
        finally:
            say("cut")
    module.TASK_GRACE_SECONDS = 0.3
    process.supervise("sweep", sweep)
    process.supervise("stubborn", stubborn)
    await process.until_stopped()
    say("closed")
go(serve)
"""
    async with child(PRELUDE + source) as toy:
        await toy.until("service.started")
        toy.process.terminate()
        assert await toy.ended() == 0
        assert [line.strip() for line in toy.lines if not line.startswith("{")] == ["swept", "cut", "closed"]


async def test_a_dying_task_is_named_once_and_stops_the_process_with_1() -> None:
    for death, problem in (
        ("raise KeyError('bug')", "it raised KeyError"),
        ("return", "it ended"),
        ("raise asyncio.CancelledError", "it was cancelled"),
    ):
        source = f"""
async def serve(process):
    async def sweep():
        {death}
    process.supervise("sweeper", sweep)
    await process.until_stopped()
    say("closed")
go(serve)
"""
        async with child(PRELUDE + source) as toy:
            assert await toy.ended() == 1
            lost = [json.loads(line) for line in toy.lines if "service.lost_task" in line]
            assert [(line["task"], line["problem"]) for line in lost] == [("sweeper", problem)]
            assert "closed\n" in toy.lines


async def test_how_serve_ends_decides_the_exit_code() -> None:
    for ending, code, event in (
        ("raise ConfigurationError('no client in CLIENTS_DIR')", 2, "service.misconfigured"),
        ("raise RuntimeError('bug')", 1, "service.crashed"),
        ("return", 1, "service.ended_by_itself"),
    ):
        async with child(f"{PRELUDE}\nasync def serve(process):\n    {ending}\ngo(serve)") as toy:
            assert await toy.ended() == code
            assert event in events(toy)
            assert ("Traceback" in "".join(toy.lines)) == (ending == "raise RuntimeError('bug')")


async def test_a_drain_that_takes_too_long_is_cut_even_if_the_loop_hangs() -> None:
    source = """
import time
module.DRAIN_SECONDS = 0.5
async def serve(process):
    await process.until_stopped()
    time.sleep(60)
go(serve)
"""
    async with child(PRELUDE + source, within=20) as toy:
        await toy.until("service.started")
        toy.process.terminate()
        assert await toy.ended() == 1
        assert "service.drain_took_too_long" in events(toy)


async def test_settings_are_all_named_and_exit_with_2() -> None:
    async with child(PRELUDE + "go(None, StoreSettings)", {"REMANSO_LOG_LEVEL": "loud"}) as toy:
        assert await toy.ended() == 2
        assert toy.lines == []
        for name in ("REMANSO_AMQP_URL", "REMANSO_DATABASE_URL", "REMANSO_LOG_LEVEL"):
            assert name in toy.errors


async def test_a_port_in_use_is_one_clear_line_and_exits_with_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with child(PRELUDE + IDLE, {"REMANSO_OPS_PORT": str(port)}) as toy:
            assert await toy.ended() == 1
            (line,) = [json.loads(line) for line in toy.lines if "service.failed" in line]
            assert f"cannot listen on 127.0.0.1:{port}: address already in use" in line["problem"]
            assert "opened\n" not in toy.lines
            assert "Traceback" not in "".join(toy.lines)


async def test_the_ops_port_tells_alive_ready_and_counts(tmp_path: Path) -> None:
    source = """
async def serve(process):
    ready = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), lambda: (sys.stdin.readline(), ready.set()))
    process.ready_when("store", ready.is_set)
    process.supervise("sweeper", process.stopping.wait)
    await process.until_stopped()
go(serve)
"""
    port_file = tmp_path / "port"
    async with child(PRELUDE + source, {"REMANSO_OPS_PORT_FILE": str(port_file), "REMANSO_INSTANCE": "toy-a"}) as toy:
        await toy.until("service.started")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port_file.read_text().strip()}") as ops:
            alive = await ops.get("/healthz")
            assert (alive.status_code, alive.json()["tasks"]) == (200, {"sweeper": True})
            assert alive.json()["instance"] == "toy-a"

            unready = await ops.get("/readyz")
            assert (unready.status_code, unready.json()["checks"]) == (503, {"started": True, "store": False})
            assert toy.process.stdin
            toy.process.stdin.write(b"\n")
            await eventually(lambda: _answers(ops, "/readyz", 200))

            metrics = (await ops.get("/metrics")).text
            assert 'remanso_build_info{instance_name="toy-a"' in metrics
            assert "_created" not in metrics


async def test_it_is_not_ready_before_serve_has_opened_everything_nor_while_stopping(tmp_path: Path) -> None:
    source = """
async def serve(process):
    loop = asyncio.get_running_loop()
    line = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), lambda: (sys.stdin.readline(), line.set()))
    say("opening")
    await line.wait()
    line.clear()
    await process.until_stopped()
    say("closing")
    await line.wait()
go(serve)
"""
    port_file = tmp_path / "port"
    async with child(PRELUDE + source, {"REMANSO_OPS_PORT_FILE": str(port_file)}) as toy:
        assert toy.process.stdin
        await toy.until("opening")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port_file.read_text().strip()}") as ops:
            assert (await ops.get("/readyz")).status_code == 503
            toy.process.stdin.write(b"\n")
            await eventually(lambda: _answers(ops, "/readyz", 200))
            toy.process.terminate()
            await toy.until("closing")
            assert (await ops.get("/readyz")).status_code == 503
            assert (await ops.get("/healthz")).status_code == 200
        toy.process.stdin.write(b"\n")
        assert await toy.ended() == 0


async def _answers(client: httpx.AsyncClient, path: str, status: int) -> bool:
    await asyncio.sleep(0)
    return (await client.get(path)).status_code == status
