"""Every metric our code declares, and docs/metrics.md made of them: `python -m deploy.prometheus.catalogue`."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import REGISTRY, Histogram
from prometheus_client.metrics import MetricWrapperBase

import remanso
import services
from deploy.grafana.dashboards import DASHBOARDS
from deploy.prometheus.queries import names_in
from deploy.prometheus.rules import alerts

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
SUFFIX = {"counter": "_total", "info": "_info"}

_HEAD = """\
# Metrics

<!-- Written by `make docs` from the code: change it there. -->

What every process tells on `/metrics` of its ops port. What the values of labels mean is in the
[runbook](runbook.md#metrics); what Prometheus adds is `job`, the service, and `instance`, the process. No label holds a
person, a conversation or a text.
The last column: the [dashboards](monitoring.md#dashboards) that draw it, and the alerts, in bold, that ask for it.

| metric | type | labels | meaning | asked for by |
| --- | --- | --- | --- | --- |
"""


def metrics() -> dict[str, MetricWrapperBase]:
    """Everything our code declares, by the name an operator asks for."""
    for package in (remanso, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", ".env")) and ".versions." not in module.name:
                importlib.import_module(module.name)
    declared = set(REGISTRY._names_to_collectors.values())
    ours = [c for c in declared if isinstance(c, MetricWrapperBase) and c._name.startswith("remanso")]
    return {f"{metric._name}{SUFFIX.get(str(metric._type), '')}": metric for metric in ours}


def series(name: str, metric: MetricWrapperBase) -> set[str]:
    """The names under which Prometheus keeps it."""
    return {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if isinstance(metric, Histogram) else {name}


def text() -> str:
    """docs/metrics.md."""
    asked = _asked()
    return _HEAD + "".join(_row(name, metric, asked) for name, metric in sorted(metrics().items()))


def _row(name: str, metric: MetricWrapperBase, asked: Mapping[str, list[str]]) -> str:
    labels = " ".join(f"`{label}`" for label in metric._labelnames)
    by = ", ".join(dict.fromkeys(who for each in sorted(series(name, metric)) for who in asked.get(each, [])))
    return f"| `{name}` | {metric._type}{_buckets(metric)} | {labels} | {metric._documentation} | {by} |\n"


def _buckets(metric: MetricWrapperBase) -> str:
    if not isinstance(metric, Histogram):
        return ""
    bounds = [f"{bound:g}" for bound in getattr(metric, "_upper_bounds", []) if bound != float("inf")]
    return f", {bounds[0]} to {bounds[-1]}"


def _asked() -> dict[str, list[str]]:
    asked: dict[str, list[str]] = {}
    for who, query in _queries():
        for name in names_in(query):
            asked.setdefault(name, []).append(who)
    return asked


def _queries() -> Iterator[tuple[str, str]]:
    for board in DASHBOARDS:
        for panel in board.panels:
            yield from ((board.uid, query.expr) for query in panel.queries)
    yield from ((f"**{alert.name}**", alert.expr) for alert in alerts())


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name} written\n")
