"""All dashboards, and the JSON that Grafana is provisioned with: `python -m deploy.grafana.dashboards`."""

import sys
from pathlib import Path

from deploy.grafana.apps import APPS
from deploy.grafana.client import CLIENT
from deploy.grafana.cost import COST
from deploy.grafana.deliveries import DELIVERIES
from deploy.grafana.pipeline import PIPELINE
from deploy.grafana.reliability import RELIABILITY

FOLDER = Path(__file__).parent / "json"
DASHBOARDS = (PIPELINE, COST, DELIVERIES, CLIENT, RELIABILITY, APPS)


def write() -> None:
    """Writes each dashboard's JSON. Needs grafana-foundation-sdk, which only developers have."""
    from deploy.grafana.build import text

    for board in DASHBOARDS:
        (FOLDER / f"{board.uid}.json").write_text(text(board), encoding="utf-8")
        sys.stdout.write(f"{board.uid}.json written\n")


if __name__ == "__main__":
    write()
