"""Dashboards, alerts and docs/metrics.md: what they name exists, and what is written from code is up to date."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.grafana.build import text
from deploy.grafana.dashboards import DASHBOARDS, FOLDER
from deploy.prometheus import catalogue
from deploy.prometheus.queries import names_in
from deploy.prometheus.rules import FILES, alerts
from tests.support.broker_metrics import BROKER

ROOT = Path(__file__).parents[2]
PROCESS = {"up", "ALERTS", "process_cpu_seconds_total", "process_resident_memory_bytes", "push_time_seconds"}
"""Of Prometheus itself, of every process that prometheus-client runs in on Linux, and of a Pushgateway."""


def known() -> set[str]:
    ours = {name for metric in catalogue.metrics().items() for name in catalogue.series(*metric)}
    return ours | PROCESS | BROKER.keys()


def test_every_panel_asks_for_metrics_that_exist() -> None:
    for board in DASHBOARDS:
        for panel in board.panels:
            for query in panel.queries:
                assert set(names_in(query.expr)) <= known(), f"{board.title}: {panel.title}"


def test_every_alert_asks_for_metrics_that_exist_and_leads_to_the_runbook() -> None:
    page = (ROOT / "docs" / "runbook.md").read_text("utf-8")
    anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in re.findall(r"(?m)^#+ (.+)$", page)}
    for alert in alerts():
        assert set(names_in(alert.expr)) <= known(), alert.name
        file, _, anchor = alert.annotations["runbook_url"].partition("#")
        assert file == "docs/runbook.md", alert.name
        assert anchor in anchors, alert.name
        assert alert.labels["severity"] in {"page", "ticket"}, alert.name


def test_the_brokers_old_and_new_names_are_both_asked_for() -> None:
    """A metric that only some versions have stands beside what the others call it."""
    for expr in [query.expr for board in DASHBOARDS for panel in board.panels for query in panel.queries]:
        asked = [BROKER[name] for name in names_in(expr) if name in BROKER]
        assert not asked or {"3.10", "4.0", "4.2"} <= set().union(*asked), expr


def test_the_committed_dashboards_are_those_of_the_code() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {f"{board.uid}.json" for board in DASHBOARDS}
    for board in DASHBOARDS:
        assert (FOLDER / f"{board.uid}.json").read_text("utf-8") == text(board), "run `make docs`"


def test_the_page_of_metrics_is_written_from_the_code() -> None:
    assert catalogue.DOCUMENT.read_text("utf-8") == catalogue.text(), "run `make docs`"


def test_compose_scrapes_every_service_and_mounts_what_is_there() -> None:
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))["scrape_configs"]
    product = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    beside = yaml.safe_load((ROOT / "deploy/compose.monitoring.yml").read_text("utf-8"))["services"]
    without_metrics = {"postgres", "migrate", "operations", "simulator"}
    beside = {name: service for name, service in beside.items() if name not in product}
    assert {job["job_name"] for job in scraped} == product.keys() - without_metrics | {"rabbitmq-queues"}
    mounts = [volume.partition(":")[0] for service in beside.values() for volume in service["volumes"]]
    assert all((ROOT / path).exists() for path in mounts if path.startswith("./"))


def test_all_services_tell_their_traces_where_grafana_reads_them() -> None:
    beside = yaml.safe_load((ROOT / "deploy/compose.monitoring.yml").read_text("utf-8"))["services"]
    traced = {
        name for name, service in beside.items() if "OTEL_EXPORTER_OTLP_ENDPOINT" in service.get("environment", {})
    }
    assert traced == {"ingress", "debouncer", "agent", "sender", "console"}
    tempo = yaml.safe_load((ROOT / "deploy/tempo/tempo.yml").read_text("utf-8"))
    told = beside["ingress"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert told.endswith(":-http://tempo:4318}")
    assert tempo["distributor"]["receivers"]["otlp"]["protocols"]["http"]["endpoint"].endswith(":4318")
    provisioned = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/remanso.yml").read_text("utf-8"))
    sources = {source["uid"]: source for source in provisioned["datasources"]}
    assert sources["tempo"]["url"] == f"http://tempo:{tempo['server']['http_listen_port']}"
    (link,) = sources["loki"]["jsonData"]["derivedFields"]
    assert link["datasourceUid"] == "tempo"
    line = json.dumps({"event": "turn.worked", "trace_id": "a" * 32})
    assert re.findall(link["matcherRegex"], line) == ["a" * 32], "as services write their lines"
    assert sources["tempo"]["jsonData"]["tracesToLogsV2"]["datasourceUid"] == "loki"


def test_promtool_plays_every_alert() -> None:
    if not (promtool := shutil.which("promtool")):
        pytest.skip("no promtool on this machine: `make machine`")
    tests = sorted((ROOT / "deploy/prometheus/tests").glob("*.yml"))
    played = {case["name"] for file in tests for case in yaml.safe_load(file.read_text("utf-8"))["tests"]}
    assert played == {f"{alert.name} {what}" for alert in alerts() for what in ("fires", "is quiet")}
    for command in (["check", "rules", *FILES], ["test", "rules", *tests]):
        done = subprocess.run([promtool, *map(str, command)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
