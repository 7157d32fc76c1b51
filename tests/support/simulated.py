"""The Graph stand-in on a socket of this process, and businesses whose numbers it knows. It tells no receipts."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from remanso.runtime.http import serving
from services.simulator.app import create_app
from services.simulator.graph.receipts import Steering
from services.simulator.graph.standin import GraphStandIn
from services.simulator.settings import BusinessNumber, SimulatorSettings
from services.simulator.simulator import Simulator
from tests.support.school import ACCESS_TOKEN

ROOT = Path(__file__).parents[2]
SHOP_NUMBER = "800000000000021"


def number(phone_number_id: str, account: str = "1") -> BusinessNumber:
    shown = f"+54 9 11 {phone_number_id[-8:]}"
    return BusinessNumber(phone_number_id=phone_number_id, display_phone_number=shown, waba_id=account, name="Somebody")


@asynccontextmanager
async def graph_stand_in(*numbers: BusinessNumber) -> AsyncIterator[tuple[GraphStandIn, str]]:
    """The stand-in, and the base address of its Graph API."""
    settings = SimulatorSettings(
        simulator_webhook_url=HttpUrl("http://127.0.0.1:9/"),
        simulator_app_secret=SecretStr("a"),
        simulator_verify_token=SecretStr("v"),
        simulator_access_token=SecretStr(ACCESS_TOKEN),
        simulator_numbers=list(numbers),
    )
    simulator = Simulator(settings)
    simulator.graph.receipts.steer(Steering(enabled=False))
    async with simulator, serving(create_app(simulator), "127.0.0.1", 0) as port:
        yield simulator.graph, f"http://127.0.0.1:{port}/graph"


@contextmanager
def sender_processes(count: int, environment: Mapping[str, str]) -> Iterator[list[int]]:
    """So many real senders, serving the shop; killed after the block. Gives their process ids."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REMANSO_")}
    told = {
        "REMANSO_OPS_PORT": "0",
        "REMANSO_OPS_HOST": "127.0.0.1",
        "REMANSO_CLIENTS_DIR": str(ROOT / "tests/fixtures/clients"),
        **dict.fromkeys(("SHOP_APP_SECRET", "SHOP_VERIFY_TOKEN"), "x"),
        "SHOP_ACCESS_TOKEN": ACCESS_TOKEN,
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "services.sender"],
            cwd=ROOT,
            env={**kept, **told, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
