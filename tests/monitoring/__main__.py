"""`python -m tests.monitoring [--rounds 4] [--pictures]`: the stack, Prometheus, load, and every query evaluated."""

import argparse
import asyncio
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
from tests.monitoring.prometheus_server import prometheus_over
from tests.support.clients import lay_out_clients
from tests.support.play import Play
from tests.support.whole_logs import WholeLogs, assert_every_piece_is_told, assert_nobody_is_named

PICTURES = Path(__file__).parents[2] / "docs" / "monitoring"
SCALE = {"debouncer": 2, "agent": 2, "sender": 2}


async def check(rounds: int, pictures: bool) -> Verdict:
    """Plays the load once and gives what every panel and alert says of it."""
    with tempfile.TemporaryDirectory(prefix="remanso-monitoring-") as name:
        folder, logs = Path(name), WholeLogs()
        clients = lay_out_clients(folder / "clients", "shop")
        environment = {"SHOP_LEDGER": str(folder / "ledger.txt"), "REMANSO_OPENAI_BREAKER_SECONDS": "2"}
        async with (
            LocalStack(clients_dir=clients, scale=SCALE, environment=environment, logs=logs) as stack,
            Store.connect(stack.database_url, name="monitoring") as store,
            prometheus_over(stack, folder) as prometheus,
        ):
            start = time.time()
            await load(Play(stack, store, folder / "ledger.txt"), rounds)
            await asyncio.sleep(6)  # RabbitMQ's figures and the console's are read every five seconds
            verdict = await evaluate(prometheus, start, time.time())
            await assert_nobody_is_named(logs, store)
            await assert_every_piece_is_told(logs, store)
    if pictures:
        PICTURES.mkdir(exist_ok=True)
        for board in DASHBOARDS:
            draw(board, verdict.drawn, PICTURES / f"{board.uid}.svg")
    return verdict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="how often everybody writes")
    parser.add_argument("--pictures", action="store_true", help="write docs/monitoring/*.svg anew")
    asked = parser.parse_args()
    verdict = asyncio.run(check(asked.rounds, asked.pictures))
    print("\n".join(verdict.told))
    print(f"\n{len(verdict.told)} asked, {len(verdict.wrong)} wrong", *verdict.wrong, sep="\n")
    return bool(verdict.wrong)


if __name__ == "__main__":
    sys.exit(main())
