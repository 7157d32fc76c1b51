"""What ships the logs takes apart what our processes write, and Grafana asks by the labels that it gives.

Alloy and Loki themselves are not run: their images could not be had (docs/monitoring.md).
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.client import CANONICAL
from deploy.grafana.dashboards import DASHBOARDS
from tests.contract.test_compose import OURS

ROOT = Path(__file__).parents[2]
CONTAINERS, DRAINS = (ROOT / "deploy/alloy" / name for name in ("config.alloy", "apps.alloy"))
RFC3339_NANO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"
WRITES = """
import structlog
from remanso.runtime.logging import configure
configure("agent", "agent-1")
structlog.get_logger().warning("tool.failed", client="emprendemy")
"""


def read_out(file: Path) -> dict[str, str]:
    """{name: field of a line} that the pipeline takes out of each line's JSON."""
    (found,) = re.findall(r"stage\.json \{\s*expressions = \{(.*?)\}", file.read_text("utf-8"))
    return dict(re.findall(r'(\w+) = "(\w+)"', found))


def labels(file: Path) -> set[str]:
    """By which a line can be asked for: of the container or drain, and of the line itself."""
    text = file.read_text("utf-8")
    (of_lines,) = re.findall(r"stage\.labels \{\s*values = \{(.*?)\}", text)
    own = set(re.findall(r'(\w+) = ""', of_lines))
    assert own <= read_out(file).keys(), "what is not read out of a line cannot become its label"
    return own | set(re.findall(r'target_label\s*= "(\w+)"', text))


def queries() -> list[str]:
    """LogQL of every panel of logs, and of the way from a span to its lines."""
    panels = [panel for board in DASHBOARDS for row in board.rows for panel in row.panels if panel.kind == "logs"]
    (tempo,) = [source for source in sources() if source["type"] == "tempo"]
    asked = [query.expr for panel in panels for query in panel.queries]
    return [*asked, tempo["jsonData"]["tracesToLogsV2"]["query"]]


def sources() -> list[dict[str, Any]]:
    file = ROOT / "deploy/grafana/provisioning/datasources/remanso.yml"
    return list(yaml.safe_load(file.read_text("utf-8"))["datasources"])


def names_in(filters: str) -> set[str]:
    return set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", filters))


@pytest.fixture(scope="module")
def line() -> dict[str, str]:
    """As a service writes it."""
    told = subprocess.run([sys.executable, "-c", WRITES], capture_output=True, check=True, text=True).stdout
    read: dict[str, str] = json.loads(told)
    return read


@pytest.mark.parametrize("file", [CONTAINERS, DRAINS], ids=lambda file: file.name)
def test_what_is_taken_out_of_a_line_is_in_it(file: Path, line: dict[str, str]) -> None:
    assert set(read_out(file).values()) <= line.keys()
    assert line["level"] == "warning", "as panels ask for it"


def test_a_lines_own_time_is_read_in_the_form_it_has(line: dict[str, str]) -> None:
    text = CONTAINERS.read_text("utf-8")
    (stage,) = re.findall(r"stage\.timestamp \{(.*?)\}", text, re.DOTALL)
    assert dict(re.findall(r'(\w+)\s*= "(\w+)"', stage)) == {"source": "timestamp", "format": "RFC3339Nano"}
    assert re.fullmatch(RFC3339_NANO, line[read_out(CONTAINERS)["timestamp"]])


def test_every_service_of_ours_that_goes_on_is_shipped() -> None:
    (kept,) = re.findall(r'regex\s*= "([\w|]+)"', CONTAINERS.read_text("utf-8"))
    assert set(kept.split("|")) == OURS - {"simulator", "operations"}


def test_panels_ask_by_labels_and_fields_there_are(line: dict[str, str]) -> None:
    pipelines = [labels(CONTAINERS), labels(DRAINS)]
    assert len(queries()) == 4
    for query in queries():
        selector, _, rest = query.removeprefix("{").partition("}")
        assert any(names_in(selector) <= given for given in pipelines), query
        if "| json" in rest:
            assert names_in(rest.partition("| json")[2]) <= line.keys(), query


def test_the_lines_that_a_panel_asks_for_are_lines_of_ours() -> None:
    page = (ROOT / "docs/runbook.md").read_text("utf-8")
    assert [name for name in CANONICAL.split("|") if f"`{name}`" not in page] == []


def test_all_lead_to_the_loki_that_compose_runs() -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.monitoring.yml").read_text("utf-8"))["services"]
    (loki,) = [source for source in sources() if source["type"] == "loki"]
    for file in (CONTAINERS, DRAINS):
        assert re.findall(r'url = "(.*?)"', file.read_text("utf-8")) == [f"{loki['url']}/loki/api/v1/push"]
    assert "loki" in services
