"""`python -m tests.monitoring [--rounds 4] [--pictures] [--pushed]`: stack, Prometheus, load, every query evaluated.

With `--pushed` no process is scraped: all push to Debian's Pushgateway, as those of a Heroku app do.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from deploy.grafana.dashboards import DASHBOARDS
from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.monitoring.evaluation import Verdict, evaluate
from tests.monitoring.load import load
from tests.monitoring.pictures import draw
from tests.monitoring.prometheus_server import Prometheus, prometheus_over, prometheus_with, pushed_settings
from tests.support.clients import lay_out_clients
from tests.support.play import Play
from tests.support.pushgateway import PASSWORD, USER, Pushgateway, pushgateway
from tests.support.waiting import eventually
from tests.support.whole_logs import WholeLogs, assert_every_piece_is_told, assert_nobody_is_named

PICTURES = Path(__file__).parents[2] / "docs" / "monitoring"
SCALE = {"debouncer": 2, "agent": 2, "sender": 2}


async def check(rounds: int, pictures: bool, pushed: bool = False) -> Verdict:
    """Plays the load once and gives what every panel and alert says of it."""
    with tempfile.TemporaryDirectory(prefix="remanso-monitoring-") as name:
        folder, logs = Path(name), WholeLogs()
        clients = lay_out_clients(folder / "clients", "shop")
        environment = {"SHOP_LEDGER": str(folder / "ledger.txt"), "REMANSO_OPENAI_BREAKER_SECONDS": "2"}
        async with (
            pushgateway(folder) if pushed else contextlib.nullcontext() as gateway,
            LocalStack(clients_dir=clients, scale=SCALE, environment=_told(environment, gateway), logs=logs) as stack,
            Store.connect(stack.database_url, name="monitoring") as store,
            _prometheus(stack, gateway, folder) as prometheus,
        ):
            start = time.time()
            await load(Play(stack, store, folder / "ledger.txt"), rounds)
            await asyncio.sleep(6)  # RabbitMQ's figures and the console's are read every five seconds
            await eventually(lambda: _health_is_told(prometheus), within=60)  # this one every thirty
            verdict = await evaluate(prometheus, start, time.time())
            await assert_nobody_is_named(logs.lines(), store)
            await assert_every_piece_is_told(logs, store)
    if pictures:
        PICTURES.mkdir(exist_ok=True)
        for board in DASHBOARDS:
            draw(board, verdict.drawn, PICTURES / f"{board.uid}.svg")
    return verdict


async def _health_is_told(prometheus: Prometheus) -> bool:
    return bool(await prometheus.instant("remanso_console_templates"))


def _told(environment: dict[str, str], gateway: Pushgateway | None) -> dict[str, str]:
    return {**environment, **gateway.environment(), "REMANSO_APP": "local"} if gateway else environment


def _prometheus(
    stack: LocalStack, gateway: Pushgateway | None, folder: Path
) -> contextlib.AbstractAsyncContextManager[Prometheus]:
    if gateway is None:
        return prometheus_over(stack, folder)
    return prometheus_with(pushed_settings(gateway.url, USER, PASSWORD, stack), folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="how often everybody writes")
    parser.add_argument("--pictures", action="store_true", help="write docs/monitoring/*.svg anew")
    parser.add_argument("--pushed", action="store_true", help="processes push to a Pushgateway, none is scraped")
    asked = parser.parse_args()
    verdict = asyncio.run(check(asked.rounds, asked.pictures, asked.pushed))
    print("\n".join(verdict.told))
    print(f"\n{len(verdict.told)} asked, {len(verdict.wrong)} wrong", *verdict.wrong, sep="\n")
    return bool(verdict.wrong)


if __name__ == "__main__":
    sys.exit(main())
